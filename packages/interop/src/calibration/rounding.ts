import type { RecordedGraph } from '@understory/core';
import { foldNorms } from '../graph/foldNorms.ts';
import { foldPads } from '../graph/foldPads.ts';
import { activationRange, type ActivationRange, type RangeRule } from './activationRange.ts';
import type { EightBitSites } from './eightBitSites.ts';
import type { Histogram } from './histogram.ts';

/** What of a network runs in 8 bits: ranges of values by their names, and what convolutions add to each channel. */
export interface Rounding extends Pick<EightBitSites, 'biases' | 'sums'> {
  readonly ranges: ReadonlyMap<string, ActivationRange>;
}

/** A graph whose convolutions hold what can be part of them: the norms after them, and the zeros around their maps. */
export const asWholeConvolutions = (graph: RecordedGraph): RecordedGraph => foldPads(foldNorms(graph));

/** Ranges by what was counted of each value; those that only have another's numbers take its range. */
export const roundingOf = (
  { same, biases, sums }: EightBitSites,
  counted: ReadonlyMap<string, Histogram>,
  rule: RangeRule,
): Rounding => {
  const ranges = new Map([...counted].map(([name, histogram]) => [name, activationRange(histogram, rule)]));
  for (const [name, origin] of same) {
    const range = ranges.get(origin);
    if (range) ranges.set(name, range);
  }
  return { ranges, biases, sums };
};
