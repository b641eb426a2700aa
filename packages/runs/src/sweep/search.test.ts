import { median } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plannedPoints, propose, type Plan, type Search } from './propose.ts';
import { readSpace } from './readSpace.ts';
import { gridPoint, numberAt, placeIn, sizeOf, type Point, type Ranged, type Space } from './space.ts';

const space = readSpace(['rate=log(0.001..1)', 'average=0..1', 'kind=a,b,c']);

/** Best, 0, at a rate of 0.05 and an average of 0.7, of the kind b. */
const height = (point: Point): number => {
  const { rate, average, kind } = point as { rate: number; average: number; kind: string };
  return -((Math.log10(rate / 0.05) / 3) ** 2) - (average - 0.7) ** 2 - (kind === 'b' ? 0 : 0.05);
};

/** The best that so many trials find. */
const search = (name: Search, seed: number, trials: number): number => {
  const plan: Plan = { space, search: name, seed };
  const tried: Point[] = [];
  for (let i = 0; i < trials; i++) {
    const ranked = [...tried].sort((a, b) => height(b) - height(a));
    tried.push(propose(plan, tried, ranked));
  }
  return Math.max(...tried.map(height));
};

describe('tpe', () => {
  it('finds in 40 trials what random search does not find in 80', () => {
    const seeds = Array.from({ length: 9 }, (_, seed) => seed);
    const tpe = median(seeds.map((seed) => search('tpe', seed, 40)));
    const random = median(seeds.map((seed) => search('random', seed, 80)));
    expect(tpe).toBeGreaterThan(random);
    expect(tpe).toBeGreaterThan(-0.003);
  });

  it('stays within its space', () => {
    const whole = readSpace(['batch=log-whole(16..256)', 'epochs=whole(1..3)', 'rate=0.1..1']);
    const tried: Point[] = [];
    for (let i = 0; i < 30; i++) tried.push(propose({ space: whole, search: 'tpe', seed: 1 }, tried, tried));
    for (const { batch, epochs, rate } of tried as { batch: number; epochs: number; rate: number }[]) {
      expect(Number.isInteger(batch) && batch >= 16 && batch <= 256).toBe(true);
      expect([1, 2, 3]).toContain(epochs);
      expect(rate >= 0.1 && rate <= 1).toBe(true);
    }
  });
});

describe('every search', () => {
  const small: Space = readSpace(['a=1,2,3', 'b=x,y', 'c=whole(0..2)']);
  it.each(['grid', 'random', 'tpe'] as const)(
    'by %s tries each combination of a small space once',
    (name) => {
      const tried: Point[] = [];
      while (tried.length < sizeOf(small))
        tried.push(propose({ space: small, search: name, seed: 3 }, tried, tried));
      expect(new Set(tried.map((point) => JSON.stringify(point))).size).toBe(18);
    },
  );

  it.each(['average=0.999..0.9999', 'average=0.9995..0.99995', 'rate=log(0.1..0.1001)', 'x=-1..1'])(
    'draws other numbers each time of a range, however narrow: %s',
    (over) => {
      const [range] = readSpace([over]) as [Ranged];
      const points = plannedPoints({ space: [range], search: 'random', seed: 0 }, 20);
      const values = points.map((point) => Number(point[range.key]));
      expect(new Set(values).size).toBe(20);
      const places = values.map((value) => placeIn(range, value));
      expect(Math.max(...places)).toBeGreaterThan(0.75);
      expect(Math.min(...places)).toBeLessThan(0.25);
    },
  );

  it('is decided by its seed', () => {
    const points = (seed: number): readonly Point[] => plannedPoints({ space, search: 'random', seed }, 12);
    expect(points(4)).toEqual(points(4));
    expect(points(4)).not.toEqual(points(5));
    expect(points(4).slice(0, 5)).toEqual(plannedPoints({ space, search: 'random', seed: 4 }, 5));
  });

  it('begins with the config’s own values, but for a grid', () => {
    const own = { a: 2, b: 'y', c: 1 };
    expect(plannedPoints({ space: small, search: 'random', seed: 0, own }, 3)[0]).toEqual(own);
    expect(plannedPoints({ space: small, search: 'grid', seed: 0, own }, 1)[0]).toEqual(gridPoint(small, 0));
  });
});

it('a place in a range and its number are each other’s inverse', () => {
  const [rate] = readSpace(['rate=log(0.001..10)']);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (place) => {
      const range = rate as Parameters<typeof numberAt>[0];
      expect(placeIn(range, numberAt(range, place))).toBeCloseTo(place, 3);
    }),
  );
});
