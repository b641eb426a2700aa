import { absentClasses, absentText, counted } from '@understory/core';
import {
  percent,
  type ClassNumbers,
  type DatasetCheck,
  type NearDuplicates,
  type PictureCheck,
  type Place,
} from '@understory/runs';
import { columnsOf } from '../output/width.ts';
import { count, oneLine, textTable } from '../text.ts';

/** Lines of a list that are shown; the rest is counted. */
const SHOWN = 10;
/** Pairs of different labels are wrong in one of them: nearly all are shown. */
const WRONG = 200;
/** Most characters of a line. */
const WIDTH = 80;
const width = (): number => Math.min(WIDTH, columnsOf() ?? WIDTH);

const number = (value: number, digits = 3): string =>
  Number.isNaN(value) ? '–' : value === Infinity ? '∞' : value.toFixed(digits);
const share = (part: number, whole: number): string => percent(part / whole);

/** Words in lines of 80 characters, or of the terminal's width; those after the first one begin further in. */
export const wrapped = (text: string, indent = '  '): string => {
  const [start = ''] = /^ */.exec(text) ?? [];
  const lines = [start];
  for (const word of oneLine(text).trim().split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.trim() === '') lines[lines.length - 1] = `${line}${word}`;
    else if (line.length + 1 + word.length <= width()) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
};

const listOf = (lines: readonly string[], most = SHOWN): string[] => [
  ...lines.slice(0, most).map((line) => wrapped(`  ${line}`, '    ')),
  ...(lines.length > most ? [`  and ${count(lines.length - most)} more: --json lists them`] : []),
];

const official = ({ official: found, leftOut }: DatasetCheck): string[] => {
  if (!found) return [];
  const rows = found.counts.map(({ what, official: wanted, found: has, note = '' }) => {
    const by = has - wanted;
    const differs = by > 0 ? `${count(by)} more` : `${count(-by)} fewer`;
    return [what, count(wanted), count(has), [by === 0 ? 'equal' : differs, note].filter(Boolean).join('; ')];
  });
  const odd = found.classes.map(
    ({ what, official: wanted, found: has }) => `${what}: ${count(has)} images, not ${count(wanted)}`,
  );
  const cause = leftOut.length > 0 ? ' What is left out is named below.' : '';
  return [
    [
      found.equal
        ? `All counts are those of ${found.title}.`
        : wrapped(`Counts differ from those of ${found.title}, ${found.page}.${cause}`),
      textTable(['', 'official', 'here', ''], rows),
      ...listOf(odd),
      ...(found.note === undefined ? [] : [wrapped(`Note: ${found.note}`)]),
    ].join('\n'),
  ];
};

const classes = ({ balance, variation, order }: ClassNumbers, names: readonly string[]): string[] => {
  if (balance.length === 0) return [];
  const table = textTable(
    ['classes of', 'entropy', 'evenness', 'effective classes', 'largest / smallest'],
    balance.map(({ split, entropy, evenness, effective, imbalance }) => [
      split,
      ...[number(entropy), number(evenness), number(effective, 1), number(imbalance, 2)],
    ]),
  );
  const absent = balance.flatMap(({ split, absent: without }) =>
    without.length > 0 ? [wrapped(`${absentText(absentClasses(split, without, names))}.`)] : [],
  );
  const shares = variation.map(({ splits: [a, b], distance }) => `${a} and ${b} ${percent(distance)}`);
  return [
    [
      table,
      ...absent,
      ...(shares.length > 0
        ? [wrapped(`Shares of classes differ (total variation): ${shares.join('; ')}.`)]
        : []),
      ...orderLines(order),
    ].join('\n'),
  ];
};

const orderLines = (order: ClassNumbers['order']): string[] => {
  if (!order) return [];
  const how = `${percent(order.equal)} of neighbours in train are of one class, ${percent(order.expected)} by chance`;
  return order.isSorted
    ? [
        wrapped(
          `Sorted by class: ${how}. Training shuffles; whoever takes the first images gets few classes.`,
        ),
      ]
    : [wrapped(`In no order of classes: ${how}.`)];
};

const named = ({ split, name, className }: Place): string =>
  `${split} ${className === undefined ? '' : `${className}: `}${name}`;

const unreadable = ({ unreadable: bad, pictures }: PictureCheck): string =>
  bad.length === 0
    ? `All ${counted(pictures, 'picture')} can be read.`
    : [
        `${counted(bad.length, 'picture')} of ${count(pictures)} cannot be read:`,
        ...listOf(bad.map(({ split, name, reason }) => `${split} ${name}: ${reason}`)),
      ].join('\n');

/** Groups within one split, and those that lie in several. */
const equal = ({ equal: groups }: PictureCheck): string => {
  if (groups.length === 0) return 'No two pictures have equal pixels.';
  const isBetween = (group: readonly Place[]): boolean => new Set(group.map(({ split }) => split)).size > 1;
  const differ = (group: readonly Place[]): boolean =>
    new Set(group.map(({ className }) => className)).size > 1;
  const copies = groups.reduce((sum, group) => sum + group.length - 1, 0);
  const [between, wrong] = [groups.filter(isBetween), groups.filter(differ)];
  const line = (group: readonly Place[]): string =>
    `${group.slice(0, 4).map(named).join(' = ')}${group.length > 4 ? ` = … (${count(group.length)})` : ''}`;
  return [
    wrapped(
      `Copies with equal pixels: ${count(copies)}, of ${counted(groups.length, 'picture')}; in more than one split: ${count(between.length)}; with different labels: ${count(wrong.length)}.`,
    ),
    ...listOf(wrong.map(line), WRONG),
    ...listOf((between.length > 0 ? between : groups).filter((group) => !differ(group)).map(line)),
  ].join('\n');
};

const nearOf = (
  { splits: [a, b], pairs, images, candidates, dropped }: NearDuplicates,
  total: number,
): string[] => {
  if (pairs.length === 0) return [`No near duplicate of ${count(total)} ${a} images is in ${b}.`];
  const mirrored = pairs.filter((pair) => pair.mirrored).length;
  const wrong = pairs.filter(({ differ }) => differ);
  const [isMirrored, isWrong] = [
    mirrored > 0 ? `, ${count(mirrored)} of them mirrored` : '',
    wrong.length > 0 ? `, ${count(wrong.length)} with different labels` : '',
  ];
  const line = ({
    images: [one, other],
    mirrored: turned,
    correlation,
  }: NearDuplicates['pairs'][number]): string =>
    `${named(one)} ~ ${named(other)} (${correlation.toFixed(3)}${turned ? ', mirrored' : ''})`;
  return [
    wrapped(
      `${count(images)} of ${count(total)} ${a} images (${share(images, total)}) have a near duplicate in ${b}: ${counted(pairs.length, 'pair')} (of ${count(candidates.upright + candidates.mirrored)} with near hashes)${isMirrored}${isWrong}.`,
    ),
    ...listOf(wrong.map(line), WRONG),
    ...listOf(
      [...pairs]
        .filter(({ differ }) => !differ)
        .sort((x, y) => y.correlation - x.correlation)
        .map(line),
      5,
    ),
    ...(dropped > 0 ? [`  ${count(dropped)} more pairs of near hashes were too many to be compared`] : []),
  ];
};

const NEAR_WORDS =
  'Near duplicates, copies among them, have hashes of few different bits and are correlated by 0.9 or more: a lower bound, tried on pictures of 32 pixels.';

const near = ({ near: found, plain }: PictureCheck, totals: ReadonlyMap<string, number>): string[] => {
  if (found.length === 0) return [];
  return [
    [
      ...found.flatMap((one) => nearOf(one, totals.get(one.splits[0]) ?? 0)),
      wrapped(NEAR_WORDS),
      ...(plain > 0
        ? [`${counted(plain, 'picture')} of one grey all over ${plain === 1 ? 'is' : 'are'} left out of it.`]
        : []),
    ].join('\n'),
  ];
};

const channels = ({ channels: found }: PictureCheck): string =>
  textTable(
    ['pixels of', 'mean of red, green, blue', 'standard deviation'],
    found.map(({ split, mean, std }) => [
      split,
      ...[mean, std].map((of) => of.map((v) => v.toFixed(4)).join(', ')),
    ]),
  );

/** Sections of what was found besides counts: official ones, classes, pictures. */
export const officialText = official;
export const classText = (check: DatasetCheck): string[] => classes(check.numbers, check.classes);
export const pictureText = ({ pictures, splits }: DatasetCheck): string[] => {
  if (!pictures)
    return [
      wrapped('Pictures were not decoded (--quick): unreadable ones and duplicates are not looked for.'),
    ];
  const totals = new Map<string, number>(splits.map(({ split, images }) => [split, images]));
  return [unreadable(pictures), equal(pictures), ...near(pictures, totals), channels(pictures)];
};
