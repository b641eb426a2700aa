import type { RecordedGraph } from '@understory/core';
import { foldNorms } from '../graph/foldNorms.ts';
import { foldPads } from '../graph/foldPads.ts';
import { Neighbours } from '../graph/neighbours.ts';
import { activationRange, type ActivationRange, type RangeRule } from './activationRange.ts';
import type { EightBitSites } from './eightBitSites.ts';
import { followed } from './followed.ts';
import type { Histogram } from './histogram.ts';

/** What of a network runs in 8 bits: its layers, ranges of values by their names, and what convolutions add to each channel. */
export interface Rounding extends Pick<EightBitSites, 'layers' | 'biases' | 'sums'> {
  readonly ranges: ReadonlyMap<string, ActivationRange>;
}

/** A graph whose convolutions hold what can be part of them: the norms after them, and the zeros around their maps. */
export const asWholeConvolutions = (graph: RecordedGraph): RecordedGraph => foldPads(foldNorms(graph));

/** Ranges by what was counted of each value, and by what follows it. */
export const rangesOf = (
  graph: RecordedGraph,
  counted: ReadonlyMap<string, Histogram>,
  rule: RangeRule,
): ReadonlyMap<string, ActivationRange> => {
  const neighbours = new Neighbours(graph);
  const rangeOf = (name: string, histogram: Histogram): ActivationRange =>
    activationRange(histogram, rule, followed(graph, neighbours, name));
  return new Map([...counted].map(([name, histogram]) => [name, rangeOf(name, histogram)]));
};

/** What some places take of ranges that were chosen; values that only have another's numbers take its range. */
export const roundingOf = (
  { layers, measured, same, biases, sums }: EightBitSites,
  chosen: ReadonlyMap<string, ActivationRange>,
): Rounding => {
  const origins = [...measured.map((name) => [name, name] as const), ...same];
  const ranges = origins.flatMap(([name, origin]) => {
    const range = chosen.get(origin);
    return range ? [[name, range] as const] : [];
  });
  return { layers, ranges: new Map(ranges), biases, sums };
};
