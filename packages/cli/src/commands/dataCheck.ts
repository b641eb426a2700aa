import { shownPath, UnderstoryError, type SplitName } from '@understory/core';
import {
  checkDataset,
  openDataConfig,
  type DataConfigRequest,
  type DatasetCheck,
  type SplitCounts,
} from '@understory/runs';
import { classText, officialText, pictureText, wrapped } from './dataCheckText.ts';
import { summary } from './dataCheckSummary.ts';
import { preparation } from '../progress.ts';
import { say } from '../output/voice.ts';
import { fitted } from '../output/width.ts';
import { count, jsonText, oneLine, textTable } from '../text.ts';

interface DataCheckOptions extends Omit<DataConfigRequest, 'folder'> {
  readonly quick: boolean;
  readonly split: SplitName;
  readonly images: number;
  readonly views: boolean;
  /** A .png file. */
  readonly sheet: string;
  readonly overwrite: boolean;
  readonly json: boolean;
}

/** Classes that are listed; the rest is counted. */
const LISTED = 200;

/** Errors: `usage` before anything is read. */
const checkOptions = ({ sheet, views, split }: DataCheckOptions): void => {
  const refuse = (message: string): never => {
    throw new UnderstoryError('usage', message);
  };
  if (!/\.png$/i.test(sheet)) refuse(`--sheet is ${shownPath(sheet)}. The sheet is a PNG: name a .png file.`);
  if (views && split !== 'train') refuse(`--views are of training images. Leave --split ${split} out.`);
};

const splitTable = (splits: readonly SplitCounts[]): string =>
  textTable(
    ['split', 'images', 'from'],
    splits.map(({ split, images, origin = 'the source' }) => [
      split,
      count(images),
      images > 0 ? origin : '',
    ]),
  );

const BOX_WORDS =
  "most: boxes of one image; none: images without; small, medium: up to 32² and 96² pixels of the picture as stored; tiny: a side of under 8 pixels of the network's image";

const boxTable = (splits: readonly SplitCounts[]): string[] => {
  const rows = splits.flatMap(({ split, images, boxes }) =>
    boxes && images > 0
      ? [
          [
            split,
            ...[boxes.boxes, boxes.most, boxes.imagesWithout],
            ...[boxes.bySize.small, boxes.bySize.medium, boxes.bySize.large],
            ...[boxes.tiny, boxes.crowd, boxes.difficult],
          ].map((cell) => (typeof cell === 'number' ? count(cell) : cell)),
        ]
      : [],
  );
  if (rows.length === 0) return [];
  const table = textTable(
    ['boxes', 'all', 'most', 'none', 'small', 'medium', 'large', 'tiny', 'crowd', 'difficult'],
    rows,
  );
  return [`${table}\n${wrapped(BOX_WORDS)}`];
};

const classTable = ({ classes, splits }: DatasetCheck): string[] => {
  const counted = splits.filter(({ byClass, images }) => byClass && images > 0);
  if (counted.length === 0) return [];
  const rows = classes
    .slice(0, LISTED)
    .map((name, c) => [name, ...counted.map(({ byClass }) => count(byClass?.[c] ?? 0))]);
  const rest = classes.length - rows.length;
  const table = textTable(['class', ...counted.map(({ split }) => split)], rows);
  return [rest > 0 ? `${table}\nand ${count(rest)} more classes: --json lists them` : table];
};

const leftOutLines = ({ leftOut }: DatasetCheck): string[] => {
  if (leftOut.length === 0) return ['Nothing is left out.'];
  const lines = leftOut.map(({ count: n, reason, className, examples }) => {
    const of = className === undefined ? '' : ` of ${className}`;
    const named = examples.length > 0 ? `: ${examples.slice(0, 3).join(', ')}${n > 3 ? ', …' : ''}` : '';
    return wrapped(`  ${count(n)} ${reason}${of}${named}`, '    ');
  });
  return [['Left out:', ...lines].join('\n')];
};

const told = (check: DatasetCheck): string => {
  const { name, classes, size, fit, splits } = check;
  const how = fit === 'contain' ? 'whole pictures, filled up' : 'pictures that fill them';
  return [
    oneLine(`${name}: ${count(classes.length)} classes, images of ${size.join('×')} pixels, ${how}`),
    splitTable(splits),
    ...officialText(check),
    ...boxTable(splits),
    ...classTable(check),
    ...classText(check),
    ...leftOutLines(check),
    ...pictureText(check),
    summary(check),
  ].join('\n\n');
};

/**
 * `understory data check <name> [folder]`: what a dataset holds beside what it officially does, in tables; unreadable pictures
 * and duplicates; and a sheet of images with what is true of them.
 */
export const dataCheck = async (
  name: string,
  folder: string | undefined,
  options: DataCheckOptions,
): Promise<void> => {
  checkOptions(options);
  const { sheet: file, overwrite, split, images, views, json, quick } = options;
  const opened = await openDataConfig(name, { ...options, folder });
  const check = await checkDataset({
    ...opened,
    quick,
    sheet: { file, overwrite, split, images, views },
    say,
    onProgress: preparation(),
  });
  process.stdout.write(`${json ? jsonText(check) : fitted(told(check))}\n`);
  say(`\nDrawn in ${shownPath(file)}`);
};
