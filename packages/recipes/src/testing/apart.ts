import type { Named, NdArray, StepEvent } from '@understory/core';
import type { Trained } from './trainedByWorkers.test.support.ts';

/** How far two trainings are from each other, as many steps as the second one has. */
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

const gradientsApart = (one: Trained, other: Trained, step: number): number => {
  const [a, b] = [one.gradients[step]!, other.gradients[step]!];
  return distance(a, b) / lengthOf(a);
};

const weightsApart = (one: Trained, other: Trained, step: number): number =>
  most(pairs(one.weights[step]!, other.weights[step]!).map(([x, y]) => relative(x, y)));

export const apart = (one: Trained, other: Trained): Apart => {
  const last = one.weights.length - 1;
  return {
    losses: most(other.events.map((event, i) => relative(numbersOf(one.events[i]!), numbersOf(event)))),
    gradients: gradientsApart(one, other, 0),
    weights: weightsApart(one, other, Math.min(last, other.weights.length - 1)),
    way: distance(one.weights[last]!, other.weights.at(-1)!) / distance(one.before, one.weights[last]!),
  };
};

/**
 * How far the steps of one training are from the same steps of another that begins each of them from the same variables: losses and weights of
 * any step, and gradients of the median step, since in some a ReLU lies so near 0 that rounding flips it.
 */
export const stepsApart = (one: Trained, led: Trained): Omit<Apart, 'way'> => {
  const steps = one.events.map((_, step) => step);
  const gradients = steps.map((step) => gradientsApart(one, led, step)).sort((a, b) => a - b);
  return {
    losses: apart(one, led).losses,
    gradients: gradients[steps.length >> 1] ?? NaN,
    weights: most(steps.map((step) => weightsApart(one, led, step))),
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
