import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { addPixels, iouByClass, noCounts, type PixelCounts } from './confusion.ts';
import { MASK } from './task.ts';

const MeanIouOptions = z.strictObject({
  each: z.boolean().default(false).describe('adds a number for each class: `IoU/apple`'),
});

/** Name of a class's own number. */
export const iouName = (className: string): string => `IoU/${className}`;

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

const meanOfNumbers = (values: readonly number[]): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return sum(known) / known.length;
};

const rightShare = ({ confused, unsaid }: PixelCounts): number =>
  sum(Array.from(unsaid, (_, c) => confused[c * unsaid.length + c]!)) / (sum(confused) + sum(unsaid));

/**
 * `meanIoU`: intersection over union of each class over all pixels of a split, and the mean over the classes that are
 * there or were said. `pixelAccuracy`: share of pixels whose class was said. With `each` also `IoU/apple` and so on.
 * Fractions; pixels without a class do not count.
 */
export const meanIou = ({ each }: z.output<typeof MeanIouOptions>): Metric => ({
  name: 'mean-iou',
  goal: 'max',
  reads: ['probabilities'],
  targets: { [MASK]: 'map' },
  begin({ classes }) {
    const counts = noCounts(classes.length);
    return {
      add: ({ outputs, targets }) => addPixels(counts, outputs, targets),
      end() {
        const all = iouByClass(counts);
        const own = classes.map((name, c) => [iouName(name), all[c]!] as const);
        return {
          meanIoU: meanOfNumbers(all),
          pixelAccuracy: rightShare(counts),
          ...(each && Object.fromEntries(own)),
        };
      },
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
