import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation, seedOf } from './random.ts';

const draws = (rng: { uniform(): number }, n: number): number[] =>
  Array.from({ length: n }, () => rng.uniform());

describe('seedOf', () => {
  it('gives the same numbers for the same path', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.nat(), (seed, name, n) => {
        const at = () => draws(seedOf(seed).at(name, n).rng(), 4);
        expect(at()).toEqual(at());
      }),
    );
  });

  it('gives other numbers for another seed, name or number', () => {
    const paths = [
      seedOf(0),
      seedOf(1),
      seedOf(0).at('a'),
      seedOf(0).at('b'),
      seedOf(0).at('a', 1),
      seedOf(0).at('a', 2),
      seedOf(0).at(0),
      seedOf(2 ** 32),
      seedOf(2 ** 33),
      seedOf(3 * 2 ** 32),
    ];
    expect(new Set(paths.map((p) => p.rng().uniform())).size).toBe(paths.length);
    expect(new Set(paths.map((p) => p.value)).size).toBe(paths.length);
  });

  it('tells apart large positions', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => seedOf(3).at('augment', i).value);
    expect(new Set(values).size).toBeGreaterThan(9_990);
  });

  it('draws uniform numbers (chi-squared, 20 bins)', () => {
    // One draw from each of many neighbouring streams: what augmentation does.
    const bins = new Array<number>(20).fill(0);
    for (let i = 0; i < 20_000; i++) bins[Math.floor(seedOf(5).at('view', i).rng().uniform() * 20)]!++;
    const chi = bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(43.8); // p = 0.001 at 19 degrees of freedom
  });

  it('draws normal numbers of mean 0 and variance 1', () => {
    const rng = seedOf(9).rng();
    const values = Array.from({ length: 20_000 }, () => rng.normal());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});

describe('permutation', () => {
  it('holds every number once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(), (n, seed) => {
        const order = permutation(n, seedOf(seed).rng());
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });
});
