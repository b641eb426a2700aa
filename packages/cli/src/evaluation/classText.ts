import { cut } from '@understory/core';
import type { ClassResult } from '@understory/runs';
import { count, textTable } from '../text.ts';
import { indented, numberText } from './numbersText.ts';

/** Most characters of a class's name, and of a whole line. */
const NAME = 20;
const WIDTH = 78;
/** Most classes whose counts are shown as a matrix, and most pairs where they are more. */
const MATRIX = 10;
const PAIRS = 10;

const named = (name: string): string => cut(name, NAME);

interface Pair {
  readonly truth: string;
  readonly said: string;
  readonly images: number;
}

/** How often one class was named for another, the most often first. */
const pairsOf = ({ names, confusion }: ClassResult): Pair[] =>
  confusion
    .flatMap((row, truth) =>
      row.flatMap((images, said) =>
        images > 0 && truth !== said ? [{ truth: names[truth]!, said: names[said]!, images }] : [],
      ),
    )
    .sort((a, b) => b.images - a.images);

const byClass = (result: ClassResult): string => {
  const rows = result.byClass.map(({ support, precision, recall, f1 }, c) => {
    const others = result.confusion[c]!.map((images, said) => ({ images: said === c ? 0 : images, said }));
    const most = others.reduce((best, one) => (one.images > best.images ? one : best), {
      images: 0,
      said: -1,
    });
    return [
      named(result.names[c]!),
      count(support),
      ...[precision, recall, f1].map((value) => numberText(value)),
      most.images > 0 ? `${named(result.names[most.said]!)} (${count(most.images)})` : '',
    ];
  });
  return textTable(['class', 'images', 'precision', 'recall', 'F1', 'else named'], rows);
};

const matrix = ({ names, confusion }: ClassResult): string | undefined => {
  if (names.length > MATRIX) return undefined;
  const table = textTable(
    ['true ↓  named →', ...names.map((name) => cut(name, 7))],
    confusion.map((row, c) => [named(names[c]!), ...row.map(count)]),
  );
  return table.split('\n').every(({ length }) => length <= WIDTH) ? table : undefined;
};

const pairsText = (result: ClassResult): string => {
  const pairs = pairsOf(result);
  if (pairs.length === 0) return 'No class was named for another.';
  const rows = pairs
    .slice(0, PAIRS)
    .map(({ truth, said, images }) => [named(truth), named(said), count(images)]);
  const rest = pairs.slice(PAIRS).reduce((sum, { images }) => sum + images, 0);
  const more =
    rest > 0 ? `\n${count(rest)} images of ${pairs.length - PAIRS} more pairs: --json has all.` : '';
  return `${textTable(['most confused', 'named', 'images'], rows)}${more}`;
};

/** How the images of each class were named: means over classes, a line a class, and what is taken for what. */
export const classText = (result: ClassResult): string => {
  const { balancedAccuracy, macro, weighted, kappa, names, unnamed } = result;
  const over = (of: number): string =>
    of === names.length ? '' : ` (over ${of} of ${names.length} classes)`;
  const means = [
    `balanced accuracy ${numberText(balancedAccuracy.value)}${over(balancedAccuracy.of)}`,
    `macro precision ${numberText(macro.precision.value)}, recall ${numberText(macro.recall.value)}, F1 ${numberText(macro.f1.value)}${over(macro.f1.of)}`,
    `weighted precision ${numberText(weighted.precision)}, recall ${numberText(weighted.recall)}, F1 ${numberText(weighted.f1)}`,
    `Cohen's kappa ${numberText(kappa, '')}`,
    ...(unnamed > 0 ? [`${unnamed} images are in no count: their numbers are not finite`] : []),
  ];
  return indented(
    [means.join('\n'), '', byClass(result), '', matrix(result) ?? pairsText(result)].join('\n'),
  );
};
