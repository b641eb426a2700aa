import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { LABELS_TARGET } from './task.ts';

const F1Options = z.strictObject({
  threshold: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.5)
    .describe('probability from which an image is said to have a label'),
});

/** Of images: said and true, said and not true, true and not said. */
interface Counts {
  hits: number;
  wrong: number;
  missed: number;
}

/** 2 · hits / (2 · hits + wrong + missed); 0 where nothing was said and nothing is true, as scikit-learn has it. */
const f1Of = ({ hits, wrong, missed }: Counts): number =>
  hits === 0 ? 0 : (2 * hits) / (2 * hits + wrong + missed);

const sum = (counts: readonly Counts[]): Counts =>
  counts.reduce((a, b) => ({
    hits: a.hits + b.hits,
    wrong: a.wrong + b.wrong,
    missed: a.missed + b.missed,
  }));

/** F1 of what is said at a threshold: `macroF1`, the mean over labels, and `microF1`, over all labels at once. Fractions. */
export const f1 = ({ threshold }: z.output<typeof F1Options>): Metric => ({
  name: 'f1',
  goal: 'max',
  reads: ['probabilities'],
  targets: { [LABELS_TARGET]: 'labels' },
  begin({ classes }) {
    const counts = classes.map((): Counts => ({ hits: 0, wrong: 0, missed: 0 }));
    return {
      add({ outputs, targets }) {
        const said = outputs['probabilities']!.data;
        const truth = targets[LABELS_TARGET]!.data;
        for (let i = 0; i < said.length; i++) {
          const own = counts[i % counts.length]!;
          if (said[i]! >= threshold) own[truth[i] === 1 ? 'hits' : 'wrong'] += 1;
          else if (truth[i] === 1) own.missed += 1;
        }
      },
      end: () => ({
        macroF1: counts.map(f1Of).reduce((a, b) => a + b, 0) / counts.length,
        microF1: f1Of(sum(counts)),
      }),
    };
  },
});

export const f1Plugin = plugin({
  token: METRIC,
  name: 'f1',
  summary: 'F1 of labels at a threshold, their mean and over all labels at once',
  options: F1Options,
  create: f1,
});
