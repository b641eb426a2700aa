import { METRIC, plugin, type Metric, type MetricBatch } from '@understory/core';
import { z } from 'zod';
import { batchPair } from '../batchPair.ts';
import { labelNumbers, type LabelNumbers } from './labelNumbers.ts';

export const MultiLabelMetricOptions = z.strictObject({
  threshold: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.5)
    .describe('probability from which an image is said to have a label: for F1'),
  each: z.boolean().default(false).describe('report each label too, as `AP/<label>` and `f1/<label>`'),
  target: z.string().min(1).default('labels').describe('the target that holds which labels an image has'),
  output: z
    .string()
    .min(1)
    .default('probabilities')
    .describe("the task's output with a number for each label"),
});
export type MultiLabelMetricOptions = z.input<typeof MultiLabelMetricOptions>;
type Parsed = z.output<typeof MultiLabelMetricOptions>;

/** Scores and truths of a batch as one row of labels an image; copies, since what a batch lies in is used again. */
const rowsOf = (batch: MetricBatch, names: Parsed): [Float32Array, Uint8Array] => {
  const [scores, truths] = batchPair('multi-label', batch, names, (said, is) => said.join() === is.join());
  return [Float32Array.from(scores.data), Uint8Array.from(truths.data)];
};

const joined = <T extends Float32Array | Uint8Array>(parts: readonly T[], all: T): T => {
  parts.reduce((from, part) => (all.set(part, from), from + part.length), 0);
  return all;
};

const named = (
  { meanAveragePrecision, microF1, macroF1, samplesF1, byLabel }: LabelNumbers,
  each: boolean,
  classes: readonly string[],
): Record<string, number> => ({
  mAP: meanAveragePrecision.value,
  microF1,
  macroF1: macroF1.value,
  samplesF1,
  'mAP/labels': meanAveragePrecision.of,
  'macroF1/labels': macroF1.of,
  ...(each && {
    ...Object.fromEntries(classes.map((name, c) => [`AP/${name}`, byLabel[c]?.averagePrecision ?? NaN])),
    ...Object.fromEntries(classes.map((name, c) => [`f1/${name}`, byLabel[c]?.f1 ?? NaN])),
  }),
});

/**
 * Of images with several labels: `mAP`, mean average precision; `microF1`, `macroF1` and `samplesF1` of what is said at a
 * threshold; over how many labels the means go. Scores are ranked over the whole split: it keeps five bytes an image and label.
 */
export const multiLabel = (options: MultiLabelMetricOptions = {}): Metric => {
  const parsed = MultiLabelMetricOptions.parse(options);
  return {
    name: 'multi-label',
    goal: 'max',
    units: { 'mAP/labels': 'labels', 'macroF1/labels': 'labels' },
    details: ['mAP/', 'macroF1/', 'AP/', 'f1/'],
    reads: [parsed.output],
    targets: { [parsed.target]: 'labels' },
    begin({ classes }) {
      const [scores, truths]: [Float32Array[], Uint8Array[]] = [[], []];
      return {
        add(batch) {
          const [said, is] = rowsOf(batch, parsed);
          scores.push(said);
          truths.push(is);
        },
        end() {
          const length = scores.reduce((sum, part) => sum + part.length, 0);
          const all = labelNumbers(
            {
              labels: classes.length,
              scores: joined(scores, new Float32Array(length)),
              truths: joined(truths, new Uint8Array(length)),
            },
            parsed.threshold,
          );
          return named(all, parsed.each, classes);
        },
      };
    },
  };
};

export const multiLabelPlugin = plugin({
  token: METRIC,
  name: 'multi-label',
  summary: 'Mean average precision and F1 of images with several labels',
  when: 'An image may have several labels, or none.',
  source: 'scikit-learn: average_precision_score, f1_score',
  options: MultiLabelMetricOptions,
  create: multiLabel,
});
