import type { StepEvent } from '@understory/core';

/** Means of neighbouring steps that a run told. */
export interface StepMean {
  /** First and last of the steps; a run with many is sampled, so not each between them need be in the means. */
  readonly step: number;
  readonly last: number;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly imagesPerSecond: number;
  readonly waiting: number;
}

/** Sums of neighbouring steps. */
interface Bin {
  readonly first: number;
  last: number;
  count: number;
  loss: number;
  imagesPerSecond: number;
  waiting: number;
  readonly terms: Map<string, { sum: number; count: number }>;
}

/** Bins that are kept; where there are more, neighbours are joined. */
const MOST = 480;
/** A term is a curve, and a run has some tens of them; a file that names more is no run's. */
const MOST_TERMS = 200;

const binOf = ({ step, loss, imagesPerSecond, waiting, terms }: StepEvent): Bin => ({
  ...{ first: step, last: step, count: 1, loss, imagesPerSecond, waiting },
  terms: new Map(
    Object.entries(terms)
      .slice(0, MOST_TERMS)
      .map(([name, sum]) => [name, { sum, count: 1 }]),
  ),
});

const join = (into: Bin, other: Bin): void => {
  into.last = other.last;
  into.count += other.count;
  into.loss += other.loss;
  into.imagesPerSecond += other.imagesPerSecond;
  into.waiting += other.waiting;
  for (const [name, { sum, count }] of other.terms) {
    const own = into.terms.get(name);
    if (own) {
      own.sum += sum;
      own.count += count;
    } else if (into.terms.size < MOST_TERMS) into.terms.set(name, { sum, count });
  }
};

const meanOf = ({ first, last, count, loss, imagesPerSecond, waiting, terms }: Bin): StepMean => ({
  ...{
    step: first,
    last,
    loss: loss / count,
    imagesPerSecond: imagesPerSecond / count,
    waiting: waiting / count,
  },
  terms: Object.fromEntries([...terms].map(([name, { sum, count: n }]) => [name, sum / n])),
});

/** Means of all steps that are added, in bounded memory: at most 480, each of as many steps as the others. */
export const followedSteps = (): {
  readonly add: (step: StepEvent) => void;
  readonly means: () => StepMean[];
} => {
  let bins: Bin[] = [];
  let size = 1;
  const add = (step: StepEvent): void => {
    const end = bins.at(-1);
    if (end && end.count < size) join(end, binOf(step));
    else bins.push(binOf(step));
    if (bins.length <= MOST) return;
    size *= 2;
    bins = bins.filter((bin, i) => {
      const next = i % 2 === 0 ? bins[i + 1] : undefined;
      if (next) join(bin, next);
      return i % 2 === 0;
    });
  };
  return { add, means: () => bins.map(meanOf) };
};
