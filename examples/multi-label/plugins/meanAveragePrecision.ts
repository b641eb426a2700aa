import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { averagePrecision, type Scored } from './averagePrecision.ts';
import { LABELS_TARGET } from './task.ts';

const MeanAveragePrecisionOptions = z.strictObject({
  each: z
    .boolean()
    .default(false)
    .describe('report the average precision of each label too, as `AP/<label>`'),
});

/** Under which name a label's own average precision is reported. */
export const numberOfLabel = (label: string): string => `AP/${label}`;

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

/** Batches in one array. */
const joined = (parts: readonly ArrayLike<number>[]): Float32Array => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    all.set(part, from);
    from += part.length;
  }
  return all;
};

/**
 * `mAP`: the mean over labels of the average precision, a fraction. A label that no image has is left out. Scores must be
 * ranked over the whole split, so this metric keeps two numbers for each image and label, and nothing else.
 */
export const meanAveragePrecision = ({ each }: z.output<typeof MeanAveragePrecisionOptions>): Metric => ({
  name: 'mean-average-precision',
  goal: 'max',
  reads: ['probabilities'],
  targets: { [LABELS_TARGET]: 'labels' },
  begin({ classes }) {
    const scores: Float32Array[] = [];
    const truths: Float32Array[] = [];
    return {
      add({ outputs, targets }) {
        // Copies: what a batch lies in may be used again for the next one.
        scores.push(Float32Array.from(outputs['probabilities']!.data));
        truths.push(Float32Array.from(targets[LABELS_TARGET]!.data));
      },
      end() {
        const all = averagePrecisions({ scores: joined(scores), truths: joined(truths) }, classes.length);
        const own = each ? classes.map((label, c) => [numberOfLabel(label), all[c]!] as const) : [];
        return { mAP: meanOf(all), ...Object.fromEntries(own) };
      },
    };
  },
});

export const meanAveragePrecisionPlugin = plugin({
  token: METRIC,
  name: 'mean-average-precision',
  summary: 'Mean over labels of the area under precision over recall',
  options: MeanAveragePrecisionOptions,
  create: meanAveragePrecision,
});
