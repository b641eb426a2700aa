import { UnderstoryError } from '@understory/core';
import { classCounts } from '../classes/classNumbers.ts';
import { meanOfKnown, type Mean } from '../means.ts';

/** What was right of the pixels of a whole split. Fractions; NaN where they are 0/0. */
export interface PixelNumbers {
  /** Pixels that have a class. */
  readonly pixels: number;
  /** Over the classes that pixels are of or were said to be. */
  readonly meanIou: Mean;
  readonly pixelAccuracy: number;
  /** Over the classes that pixels are of. */
  readonly meanAccuracy: Mean;
  /** Of the pixels that are of a class or were said to be, the share for which both hold. */
  readonly iou: readonly number[];
}

/** Where the counts of some maps go, and what they may hold. */
export interface PixelCounts {
  readonly classes: number;
  /** What stands in a map where there is no class. */
  readonly ignore: number;
  /** By true class (row) and said class (column) [C · C]. */
  readonly counts: Float64Array;
}

export const noPixels = (classes: number, ignore = 255): PixelCounts => ({
  classes,
  ignore,
  counts: new Float64Array(classes ** 2),
});

/**
 * Adds the pixels of some maps, true and said classes in any shape, without those whose true class is to be ignored. Errors:
 * `bad-shape`, `bad-label`, which names the pixel and its number.
 */
export const addPixels = (
  { classes, ignore, counts }: PixelCounts,
  truth: ArrayLike<number>,
  said: ArrayLike<number>,
): void => {
  if (truth.length !== said.length)
    throw new UnderstoryError(
      'bad-shape',
      `${said.length} said pixels do not fit ${truth.length} true ones. Give maps of one size.`,
    );
  const fits = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < classes;
  for (let p = 0; p < truth.length; p++) {
    const [is, named] = [truth[p]!, said[p]!];
    if (is === ignore) continue;
    if (!fits(is) || !fits(named))
      throw new UnderstoryError(
        'bad-label',
        `Pixel ${p} is of class ${is} and said to be of ${named}; classes go from 0 to ${classes - 1}, and ${ignore} is ignored. Give "ignore" what stands for no class.`,
      );
    counts[is * classes + named]! += 1;
  }
};

/** Numbers of all pixels together: not the mean over images. */
export const pixelNumbers = ({ counts, classes }: Pick<PixelCounts, 'counts' | 'classes'>): PixelNumbers => {
  const byClass = classCounts(counts, classes);
  const iou = byClass.map(({ support, predicted, right }) => right / (support + predicted - right));
  const sum = (number: 'support' | 'right'): number => byClass.reduce((all, one) => all + one[number], 0);
  return {
    pixels: sum('support'),
    meanIou: meanOfKnown(iou),
    pixelAccuracy: sum('right') / sum('support'),
    meanAccuracy: meanOfKnown(byClass.map(({ support, right }) => right / support)),
    iou,
  };
};
