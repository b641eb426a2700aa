import { expect } from 'vitest';

/** Largest gap between the sample's distribution and the uniform one on [low, high], times √n (Kolmogorov-Smirnov). */
const uniformGap = (sample: ArrayLike<number>, low: number, high: number): number => {
  const sorted = Array.from(sample).sort((a, b) => a - b);
  const n = sorted.length;
  const gaps = sorted.map((x, i) => {
    const at = (x - low) / (high - low);
    return Math.max(Math.abs((i + 1) / n - at), Math.abs(i / n - at));
  });
  return Math.max(...gaps) * Math.sqrt(n);
};

/** Fails where a sample is not uniform on [low, high]: 1.63 is the 1 % point, a fixed seed keeps the outcome. */
export const expectUniform = (sample: ArrayLike<number>, low: number, high: number): void => {
  expect(Math.min(...Array.from(sample))).toBeGreaterThanOrEqual(Math.fround(low));
  expect(Math.max(...Array.from(sample))).toBeLessThanOrEqual(Math.fround(high));
  expect(uniformGap(sample, low, high)).toBeLessThan(1.63);
};

/** Fails where values are not drawn with the given chances (Pearson's chi-squared under 3 σ of its mean), or others are. */
export const expectChances = (sample: ArrayLike<number>, chances: ReadonlyMap<number, number>): void => {
  const counts = new Map<number, number>();
  for (const value of Array.from(sample)) counts.set(value, (counts.get(value) ?? 0) + 1);
  expect([...counts.keys()].filter((value) => !chances.has(value))).toEqual([]);
  const terms = [...chances].map(([value, chance]) => {
    const expected = chance * sample.length;
    return ((counts.get(value) ?? 0) - expected) ** 2 / expected;
  });
  const freedom = chances.size - 1;
  expect(terms.reduce((a, b) => a + b)).toBeLessThan(freedom + 3 * Math.sqrt(2 * freedom));
};

/** Each of low…high equally often. */
export const expectUniformWhole = (sample: ArrayLike<number>, low: number, high: number): void => {
  const n = high - low + 1;
  expectChances(sample, new Map(Array.from({ length: n }, (_, i) => [low + i, 1 / n])));
};

/** Fails where two samples do not come from one distribution (two-sample Kolmogorov-Smirnov, 1 % point). */
export const expectSameDistribution = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  const [x, y] = [a, b].map((s) => Array.from(s).sort((p, q) => p - q)) as [number[], number[]];
  const below = (sorted: readonly number[], at: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low / sorted.length;
  };
  const gap = Math.max(...[...x, ...y].map((at) => Math.abs(below(x, at) - below(y, at))));
  expect(gap * Math.sqrt((x.length * y.length) / (x.length + y.length))).toBeLessThan(1.63);
};
