import { permutation, SAMPLER, seedOf, type SamplerRequest } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classBalanced, samplerPlugins, shardShuffled, shuffled } from '../index.ts';

const classes = ['a', 'b', 'c'];
const labels = Int32Array.from([...new Array<number>(90).fill(0), ...new Array<number>(9).fill(1), 2]);
const requestOf = (groups: Int32Array): SamplerRequest => ({
  ...{ length: groups.length, groups, classes },
  shards: groups.map((_, i) => Math.floor(i / 10)),
});
const countsOf = (order: Int32Array): number[] => {
  const counts = [0, 0, 0];
  for (const position of order) counts[labels[position]!]! += 1;
  return counts;
};
const timesOf = (order: Int32Array, label: number): number[] =>
  [...labels.keys()].filter((p) => labels[p] === label).map((p) => order.filter((q) => q === p).length);

describe.each(samplerPlugins.map((p) => [p.name, p] as const))('%s', (_, plugin) => {
  const make = plugin.create as typeof shuffled;
  it('gives an epoch of as many images, the same by the same seed and another by another', () => {
    expect(plugin.token).toBe(SAMPLER);
    const draw = make(plugin.options.parse({}) as Record<string, never>)(requestOf(labels));
    expect(draw(seedOf(1))).toHaveLength(labels.length);
    expect([...draw(seedOf(1))]).toEqual([...draw(seedOf(1))]);
    expect([...draw(seedOf(1))]).not.toEqual([...draw(seedOf(2))]);
  });
});

describe('shuffled', () => {
  it('is a permutation, as runs had it before they could choose', () => {
    const order = shuffled()(requestOf(labels))(seedOf(4));
    expect([...order]).toEqual([...permutation(labels.length, seedOf(4).rng())]);
  });
});

describe('shard-shuffled', () => {
  const request = requestOf(new Int32Array(100));

  it('shows every image once, and of a shard none long after another', () => {
    for (const buffer of [1, 7, 1000]) {
      const order = shardShuffled({ buffer })(request)(seedOf(3));
      expect([...order].sort((a, b) => a - b)).toEqual([...new Array(100).keys()]);
    }
    const order = [...shardShuffled({ buffer: 1 })(request)(seedOf(3))];
    const inTurn = [...new Set(order.map((p) => Math.floor(p / 10)))];
    expect(order).toEqual(inTurn.flatMap((s) => Array.from({ length: 10 }, (_, i) => 10 * s + i)));
    expect(inTurn).not.toEqual([...inTurn].sort((a, b) => a - b));
  });

  it('draws no image before so many of its predecessors that the buffer cannot hold', () => {
    const buffer = 20;
    const sequence = [...shardShuffled({ buffer: 1 })(request)(seedOf(5))];
    const order = shardShuffled({ buffer })(request)(seedOf(5));
    order.forEach((position, i) => expect(sequence.indexOf(position)).toBeLessThan(i + buffer));
    expect([...order]).not.toEqual(sequence);
  });

  it('refuses images in no shards, and names the cure', () => {
    expect(() => shardShuffled()({ length: 3, classes })).toThrow(/lie in no shards.*"shuffled"/);
  });
});

describe('class-balanced', () => {
  const draw = classBalanced()(requestOf(labels));

  it('shows each class equally often', () => {
    for (const seed of [1, 2, 3])
      for (const count of countsOf(draw(seedOf(seed)))) expect([33, 34]).toContain(count);
  });

  it('shows a class’s images in turn: none once more before all came', () => {
    const order = draw(seedOf(1));
    for (const label of [0, 1, 2]) {
      const times = timesOf(order, label);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
    }
  });

  it('mixes the classes', () => {
    const first = draw(seedOf(1)).slice(0, 50);
    for (const count of countsOf(first)) expect(count).toBeGreaterThan(5);
  });

  it('evens out as far as it is told: not at all, or by the root', () => {
    const none = classBalanced({ balance: 0 })(requestOf(labels))(seedOf(1));
    expect(new Set(none).size).toBe(labels.length);
    const [a, b, c] = countsOf(classBalanced({ balance: 0.5 })(requestOf(labels))(seedOf(1)));
    const roots = [90, 9, 1].map(Math.sqrt);
    const whole = roots.reduce((x, y) => x + y);
    [a, b, c].forEach((count, i) => expect(Math.abs(count! - (100 * roots[i]!) / whole)).toBeLessThan(1));
  });

  it('gains no class by rounding', () => {
    const few = Int32Array.of(0, 0, 1, 2);
    const shown = [0, 0, 0];
    const small = classBalanced()(requestOf(few));
    for (let seed = 0; seed < 3000; seed++) for (const p of small(seedOf(seed))) shown[few[p]!]! += 1;
    for (const count of shown) expect(Math.abs(count - 4000)).toBeLessThan(150);
  });

  it('refuses a class without images by name', () => {
    expect(() => classBalanced()(requestOf(Int32Array.of(0, 2)))).toThrow(/class "b" has no training image/);
  });

  it('refuses images without classes, which a shuffled epoch shows', () => {
    const request = { length: 3, classes };
    expect(() => classBalanced()(request)).toThrow(/the training images have no class each.*"shuffled"/);
    expect([...shuffled()(request)(seedOf(1))].sort()).toEqual([0, 1, 2]);
  });

  it('fills an epoch with images that there are, whatever the classes', () => {
    const any = fc.record({
      counts: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
      balance: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(any, fc.nat(), ({ counts, balance }, seed) => {
        const own = Int32Array.from(counts.flatMap((n, c) => new Array<number>(n).fill(c)));
        const order = classBalanced({ balance })({
          ...requestOf(own),
          classes: counts.map(String),
        })(seedOf(seed));
        expect(order.length).toBe(own.length);
        const seen = counts.map((_, c) => order.filter((p) => own[p] === c).length);
        const shares = counts.map((n) => n ** (1 - balance));
        const whole = shares.reduce((x, y) => x + y);
        seen.forEach((n, c) =>
          expect(Math.abs(n - (own.length * shares[c]!) / whole)).toBeLessThan(1 + 1e-6),
        );
      }),
      { numRuns: 100 },
    );
  });
});
