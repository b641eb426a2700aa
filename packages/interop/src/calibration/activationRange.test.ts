import { streamValues } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';

import { activationRange, RANGE_RULES, type ActivationRange } from './activationRange.ts';
import { Histogram } from './histogram.ts';

const counted = (...batches: readonly (readonly number[])[]): Histogram => {
  const histogram = new Histogram();
  batches.forEach((numbers) => histogram.add(numbers));
  return histogram;
};

const ends = ({ scale, zero }: ActivationRange): readonly [number, number] => [
  -zero * scale,
  (255 - zero) * scale,
];

/** Mean squared error of numbers themselves, each rounded. */
const errorOf = (numbers: readonly number[], { scale, zero }: ActivationRange): number => {
  const rounded = numbers.map(
    (v) => (Math.max(0, Math.min(255, Math.round(v / scale) + zero)) - zero) * scale,
  );
  return numbers.reduce((sum, v, i) => sum + (v - rounded[i]!) ** 2, 0) / numbers.length;
};

/** Sums of four: most near 0, few far away. */
const bells = Array.from(streamValues([40_000], 3)).flatMap((v, i, all) =>
  i % 4 === 0 ? [v + all[i + 1]! + all[i + 2]! + all[i + 3]!] : [],
);

describe('a histogram', () => {
  it('counts every number near its place, whatever comes first', () => {
    const batches = [bells.slice(0, 10), bells.slice(10, 500).map((v) => v * 30), bells.slice(500)];
    for (const order of [batches, [...batches].reverse()]) {
      const histogram = counted(...order);
      const numbers = order.flat().sort((a, b) => a - b);
      let at = 0;
      histogram.visit((middle, count) => {
        for (let i = 0; i < count; i++)
          expect(Math.abs(numbers[at++]! - middle)).toBeLessThanOrEqual(histogram.width * 0.5001);
      });
      expect(at).toBe(numbers.length);
      expect([histogram.least, histogram.most]).toEqual([numbers[0], numbers.at(-1)]);
    }
  });

  it('refuses numbers that are none', () => {
    for (const odd of [NaN, Infinity, -Infinity]) expect(() => counted([1, odd])).toThrow(`${odd}`);
  });
});

describe('a range', () => {
  it.each(RANGE_RULES)('%s holds 0 exactly, and no number below 0 where there is none', (rule) => {
    expect(activationRange(counted(bells.map(Math.abs)), rule).zero).toBe(0);
    expect(activationRange(counted(bells.map((v) => -Math.abs(v))), rule).zero).toBe(255);
    expect(activationRange(counted([0, 0]), rule)).toEqual({ scale: 1, zero: 0 });
    const far = activationRange(counted(bells.map((v) => v + 100)), rule);
    expect(far.zero).toBe(0);
  });

  it('by extremes reaches from the smallest to the largest number', () => {
    const [low, high] = ends(activationRange(counted([-1, 0.5], [3, 2]), 'extremes'));
    expect(low).toBeCloseTo(-1, 1);
    expect(high).toBeCloseTo(3, 1);
  });

  it('by percentile leaves out 1 in 10,000', () => {
    const numbers = [...bells, 900, ...Array.from({ length: 30_000 }, (_, i) => (i % 100) / 50)];
    const [, high] = ends(activationRange(counted(numbers), 'percentile'));
    expect(high).toBeLessThan(4.5);
    expect(ends(activationRange(counted(numbers), 'extremes'))[1]).toBeCloseTo(900, 0);
  });

  it.each([
    ['bells', bells],
    ['a few far away', [...bells, 30, -25, 40]],
    ['even numbers', Array.from(streamValues([5000], 4))],
    ['squares, never below 0', bells.map((v) => v ** 2)],
  ] as const)('by mse rounds %s with the least error of all its kind', (_, numbers) => {
    const chosen = errorOf(numbers, activationRange(counted(numbers), 'mse'));
    const [least, most] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
    const tried = Array.from({ length: 40 }, (__, i) => {
      const scale = ((most - least) * (1 - i / 50)) / 255;
      return errorOf(numbers, { scale, zero: Math.round((-least * (1 - i / 50)) / scale) });
    });
    expect(chosen).toBeLessThanOrEqual(Math.min(...tried) * 1.05);
  });
});
