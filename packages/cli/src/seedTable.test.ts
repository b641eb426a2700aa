import type { DoneEvent, StartEvent } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { seedDifferences, seedTable } from './seedTable.ts';

const start: StartEvent = {
  ...{ type: 'start', run: 'a', engine: 'eager', epochs: 2, stepsPerEpoch: 2, step: 0 },
  parameters: { inference: 10, heads: 5 },
};
type Metrics = Readonly<Record<string, number>>;
const runOf = (label: string, test: Metrics, validation: Metrics = { accuracy: 0.25 }) => {
  const split = { validation, test };
  const result = { selectOn: 'validation', bestEpoch: 1, last: split, best: split } as const;
  const done: DoneEvent = { type: 'done', step: 4, aborted: false, seconds: 3, result };
  return { label, finished: { start, done } };
};
/** A run of each method for each seed, by its accuracy. */
const runs = (methods: Readonly<Record<string, readonly number[]>>, seeds: number) =>
  Array.from({ length: seeds }, (_, seed) =>
    Object.entries(methods).map(([label, values]) => runOf(label, { accuracy: values[seed] ?? NaN })),
  );

const baseline = [0.652, 0.653, 0.656, 0.651, 0.648];
const cds = [0.664, 0.651, 0.672, 0.66, 0.659];

describe('the table over seeds', () => {
  it('has mean and deviation of each method', () => {
    expect(seedTable(runs({ baseline, cds }, 5))).toMatch(/cds +66\.12 ± 0\.77/);
  });

  it('tells validation’s metrics, and says so, where there are no test images', () => {
    const bySeed = [0.5, 0.6].map((accuracy) => [runOf('a', {}, { accuracy })]);
    expect(seedTable(bySeed)).toMatch(/^Validation set, [^]*55\.00 ± 7\.07/);
  });
});

describe('the differences over seeds', () => {
  it('are told with their interval, and whether chance may make them', () => {
    expect(seedDifferences(runs({ baseline, cds }, 5))).toEqual([
      'cds against baseline, accuracy (last): 0.92 (0.08 to 1.76) points over 5 seeds, beyond chance.',
    ]);
  });

  it('say how many seeds more it may take where three cannot tell', () => {
    expect(seedDifferences(runs({ baseline, cds }, 3))).toEqual([
      'cds against baseline, accuracy (last): 0.87 (-1.48 to 3.21) points over 3 seeds, within chance. If the true difference ' +
        'is this one, 9 seeds more would show it four times in five; from 3 seeds that is a guess.',
    ]);
  });

  it('do not call one of many comparisons beyond chance that would be so alone', () => {
    const others = {
      dsn: cds.map((x, i) => x + (i % 2 ? 0.04 : -0.04)),
      dks: baseline.map((x) => x + 0.0001),
    };
    const [first] = seedDifferences(runs({ baseline, cds, dsn: others.dsn }, 5));
    expect(first).toMatch(
      /0\.92 \(0\.08 to 1\.76\).*beyond chance alone, not among 2 comparisons\. If .* \d+ seeds? more would show it among 2 comparisons four times in five/,
    );
  });

  it('leave out seeds that a method has no number for', () => {
    const [told] = seedDifferences(runs({ baseline, cds: [0.664, NaN, 0.672] }, 3));
    expect(told).toMatch(/over 2 seeds/);
    expect(seedDifferences(runs({ baseline, cds }, 1))).toEqual([]);
  });
});
