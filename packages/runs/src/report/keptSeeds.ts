import type { KeptSeeds } from '@understory/report';
import { differenceSentences } from '../tables/differenceSentences.ts';

/** Accuracies of methods with seeds that were trained before, in percent. */
export interface KeptAccuracies {
  readonly labels: readonly string[];
  readonly seeds: readonly number[];
  /** What trained them. */
  readonly machine: string;
  /** By method, in the order of `labels`, and by seed. */
  readonly accuracy: readonly (readonly number[])[];
}

/** What they say, for a report: the last method against each other one, as it is the one that a comparison is about. */
export const keptSeeds = ({ labels, seeds, machine, accuracy }: KeptAccuracies): KeptSeeds => {
  const [own = [], name = ''] = [accuracy.at(-1), labels.at(-1)];
  const gaps = labels.slice(0, -1).map((other, i) => ({
    name: `${name} against ${other}`,
    gaps: own.map((value, seed) => value - (accuracy[i]?.[seed] ?? NaN)),
  }));
  return {
    ...{ seeds, machine },
    methods: labels.map((label, i) => ({ label, accuracy: (accuracy[i] ?? []).map((value) => value / 100) })),
    differences: differenceSentences(gaps, 'points'),
  };
};
