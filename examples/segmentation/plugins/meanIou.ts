import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { addPixels, iouByClass, noCounts, type PixelCounts } from './confusion.ts';

const MeanIouOptions = z.strictObject({});

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

const meanOfNumbers = (values: readonly number[]): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return sum(known) / known.length;
};

const rightShare = ({ confused, unsaid }: PixelCounts): number =>
  sum(Array.from(unsaid, (_, c) => confused[c * unsaid.length + c]!)) / (sum(confused) + sum(unsaid));

/**
 * `meanIoU`: intersection over union of each class over all pixels of a split, and the mean over the classes that are
 * there or were said. `pixelAccuracy`: share of pixels whose class was said. Fractions; pixels without a class do not count.
 */
export const meanIou = (): Metric => ({
  name: 'mean-iou',
  goal: 'max',
  reads: ['probabilities'],
  begin({ classes }) {
    const counts = noCounts(classes.length);
    return {
      add: ({ outputs, targets }) => addPixels(counts, outputs, targets),
      end: () => ({ meanIoU: meanOfNumbers(iouByClass(counts)), pixelAccuracy: rightShare(counts) }),
    };
  },
});

export const meanIouPlugin = plugin({
  token: METRIC,
  name: 'mean-iou',
  summary: 'Mean intersection over union of the classes of pixels, and the share of pixels that are right',
  options: MeanIouOptions,
  create: meanIou,
});
