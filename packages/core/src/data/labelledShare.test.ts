import { describe, expect, it } from 'vitest';
import { seedOf } from '../random.ts';
import { labelledShare } from './labelledShare.ts';

/** 1,000 samples of classes of 400, 300, 200, 97 and 3 samples, mixed. */
const sizes = [400, 300, 200, 97, 3];
const labels = Int32Array.from({ length: 1000 }, (_, i) => {
  const at = (i * 7) % 1000;
  return sizes.findIndex((_size, c) => at < sizes.slice(0, c + 1).reduce((a, b) => a + b));
});
const countsOf = (positions: Int32Array): number[] =>
  sizes.map((_, c) => positions.filter((p) => labels[p] === c).length);

describe('labelledShare', () => {
  it.each([0.1, 0.2, 0.3, 0.4])('takes %f of every class, each position once, in order', (share) => {
    const drawn = labelledShare(labels, share, seedOf(3));
    expect(countsOf(drawn)).toEqual(sizes.map((n) => Math.max(1, Math.round(n * share))));
    expect(new Set(drawn).size).toBe(drawn.length);
    expect([...drawn]).toEqual([...drawn].sort((a, b) => a - b));
  });

  it('is decided by the seed, and a larger share holds the smaller one', () => {
    const [tenth, more] = [0.1, 0.4].map((share) => labelledShare(labels, share, seedOf(3)));
    expect([...labelledShare(labels, 0.1, seedOf(3))]).toEqual([...tenth!]);
    expect([...labelledShare(labels, 0.1, seedOf(4))]).not.toEqual([...tenth!]);
    const all = new Set(more);
    expect([...tenth!].every((p) => all.has(p))).toBe(true);
  });

  it('takes every sample of a class equally often', () => {
    const seen = new Int32Array(1000);
    for (let s = 0; s < 400; s++) for (const p of labelledShare(labels, 0.1, seedOf(s))) seen[p]! += 1;
    // Each of the 400 samples of class 0 is drawn with chance 1/10: chi-squared under 3 deviations of its mean.
    const own = [...seen].filter((_, p) => labels[p] === 0);
    const chi = own.reduce((sum, n) => sum + (n - 40) ** 2 / (40 * 0.9), 0);
    expect(chi).toBeLessThan(399 + 3 * Math.sqrt(2 * 399));
    expect(chi).toBeGreaterThan(399 - 3 * Math.sqrt(2 * 399));
  });
});
