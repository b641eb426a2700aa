import type { Named, NdArray, StepEvent } from '@understory/core';
import type { Trained } from './trainedByWorkers.test.support.ts';

/** How far two trainings are from each other. */
export interface Apart {
  /** Losses and terms of any step, as a share of what they are, where that is above 1. */
  readonly losses: number;
  /** Length of the difference of all gradients of the first step, as a share of their length. */
  readonly gradients: number;
  /** Weights at the end, as a share of what they are, where that is above 1. */
  readonly weights: number;
  /** Length of the difference of all weights at the end, as a share of the way that they went. */
  readonly way: number;
}

const numbersOf = ({ loss, terms }: StepEvent): number[] => [loss, ...Object.values(terms)];

const most = (numbers: Iterable<number>): number => {
  let greatest = 0;
  for (const x of numbers) greatest = x > greatest || Number.isNaN(x) ? x : greatest;
  return greatest;
};

const differences = (a: ArrayLike<number>, b: ArrayLike<number>): number[] =>
  Array.from(a, (x, i) => Math.abs(x - b[i]!));

const relative = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  most(differences(a, b).map((d, i) => d / Math.max(1, Math.abs(a[i]!))));

const pairs = (a: Named<NdArray>, b: Named<NdArray>) =>
  Object.entries(a).map(([name, { data }]) => [data, b[name]!.data] as const);

const length = (of: readonly (readonly number[])[]): number =>
  Math.sqrt(of.flat().reduce((sum, d) => sum + d * d, 0));

/** Length of the difference of two sets of numbers. */
const distance = (a: Named<NdArray>, b: Named<NdArray>): number =>
  length(pairs(a, b).map(([x, y]) => differences(x, y)));

const lengthOf = (a: Named<NdArray>): number => length(Object.values(a).map(({ data }) => Array.from(data)));

export const apart = (one: Trained, other: Trained): Apart => {
  const { weights } = one;
  return {
    losses: most(other.events.map((event, i) => relative(numbersOf(one.events[i]!), numbersOf(event)))),
    gradients: distance(one.gradients, other.gradients) / lengthOf(one.gradients),
    weights: most(pairs(weights, other.weights).map(([x, y]) => relative(x, y))),
    way: distance(weights, other.weights) / distance(one.before, weights),
  };
};

const sameBits = (a: NdArray, b: NdArray): boolean =>
  a.data.every((x, i) => Object.is(x, b.data[i])) && a.data.length === b.data.length;

/** The first step after which not all variables have the same bits; undefined where all have after every step. */
export const firstToDiffer = (one: Trained, other: Trained): number | undefined => {
  const at = one.variables.findIndex((after, step) =>
    after.some((value, i) => !sameBits(value, other.variables[step]![i]!)),
  );
  return at < 0 ? undefined : at;
};
