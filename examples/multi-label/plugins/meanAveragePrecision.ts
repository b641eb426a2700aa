import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { averagePrecision, type Scored } from './averagePrecision.ts';
import { LABELS_TARGET } from './task.ts';

/** Average precision of each label [C]: `scores` and `truths` are [N, C], row after row. */
export const averagePrecisions = ({ scores, truths }: Scored, labels: number): number[] =>
  Array.from({ length: labels }, (_, c) => {
    const column = (all: ArrayLike<number>): Float32Array =>
      Float32Array.from({ length: all.length / labels }, (_row, n) => all[n * labels + c]!);
    return averagePrecision({ scores: column(scores), truths: column(truths) });
  });

/** Mean of numbers, but for those that are none; NaN of none. */
const meanOf = (values: readonly number[]): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((a, b) => a + b, 0) / known.length;
};

/**
 * `mAP`: the mean over labels of the average precision, a fraction. A label that no image has is left out. Scores must be
 * ranked over the whole split, so this metric keeps two numbers for each image and label, and nothing else.
 */
export const meanAveragePrecision = (): Metric => ({
  name: 'mean-average-precision',
  goal: 'max',
  reads: ['probabilities'],
  begin({ classes }) {
    const scores: Float32Array[] = [];
    const truths: Uint8Array[] = [];
    const all = (parts: readonly ArrayLike<number>[]): number[] => parts.flatMap((part) => Array.from(part));
    return {
      add({ outputs, targets }) {
        scores.push(Float32Array.from(outputs['probabilities']!.data));
        truths.push(Uint8Array.from(targets[LABELS_TARGET]!.data));
      },
      end: () => ({
        mAP: meanOf(averagePrecisions({ scores: all(scores), truths: all(truths) }, classes.length)),
      }),
    };
  },
});

export const meanAveragePrecisionPlugin = plugin({
  token: METRIC,
  name: 'mean-average-precision',
  summary: 'Mean over labels of the area under precision over recall',
  options: z.strictObject({}),
  create: meanAveragePrecision,
});
