import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holm, pairedDifference, power, seedsNeeded } from './index.ts';

const a = [66.4, 65.1, 67.2, 66, 65.9];
const b = [65.2, 65.3, 65.6, 65.1, 64.8];
const differences = a.map((value, i) => value - (b[i] ?? 0));

describe('pairedDifference', () => {
  it('gives scipy’s paired t interval and p value', () => {
    const five = pairedDifference(differences);
    expect(five.mean).toBeCloseTo(0.92, 10);
    expect(five.deviation).toBeCloseTo(0.676018, 6);
    expect(five.interval?.[0]).toBeCloseTo(0.080613, 6);
    expect(five.interval?.[1]).toBeCloseTo(1.759387, 6);
    expect(five.p).toBeCloseTo(0.038286, 6);
    expect(five.verdict).toBe('above');
  });

  it('is within chance where the interval holds 0', () => {
    const three = pairedDifference(differences.slice(0, 3));
    expect(three.interval?.[0]).toBeCloseTo(-1.481249, 6);
    expect(three.interval?.[1]).toBeCloseTo(3.214582, 6);
    expect(three.verdict).toBe('within chance');
  });

  it.each([
    [2, 12.7062],
    [3, 4.3027],
    [4, 3.1824],
    [5, 2.7764],
    [10, 2.2622],
  ])('takes Student’s quantile for %i seeds', (seeds, quantile) => {
    const values = Array.from({ length: seeds }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i + 1));
    const { mean, deviation, interval } = pairedDifference(values);
    const half = ((interval?.[1] ?? NaN) - mean) / (deviation / Math.sqrt(seeds));
    expect(half).toBeCloseTo(quantile, 4);
  });

  it('says nothing of one seed, and refuses none and what is no number', () => {
    expect(pairedDifference([2])).toMatchObject({ mean: 2, verdict: 'one seed' });
    expect(() => pairedDifference([])).toThrow(/no seed/);
    expect(() => pairedDifference([1, NaN])).toThrow(/a difference of NaN/);
  });

  it('is a point where all seeds agree', () => {
    expect(pairedDifference([0.5, 0.5])).toMatchObject({ interval: [0.5, 0.5], p: 0, verdict: 'above' });
    expect(pairedDifference([0, 0])).toMatchObject({ p: 1, verdict: 'within chance' });
  });

  it('calls a difference beyond chance exactly where p is under 5 %', () => {
    const seeds = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(seeds, (values) => {
        const { p, verdict } = pairedDifference(values);
        if (Math.abs(p - 0.05) > 1e-6) expect(verdict !== 'within chance').toBe(p < 0.05);
      }),
    );
  });
});

describe('holm', () => {
  it('asks more of the smallest p value, and stops at the first that fails', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([true, false, false]);
    expect(holm([0.01, 0.04, 0.02])).toEqual([true, true, true]);
    expect(holm([0.04, NaN])).toEqual([true, false]);
  });
});

describe('power', () => {
  it.each([
    [0.5, 0.084, 34],
    [1, 0.179, 10],
    [1.5, 0.316, 6],
    [2, 0.471, 5],
    [3, 0.745, 4],
    [4, 0.908, 3],
  ])('of an effect of %d deviations is that of the noncentral t distribution', (effect, ofThree, seeds) => {
    expect(power(3, effect)).toBeCloseTo(ofThree, 3);
    expect(seedsNeeded(effect)).toBe(seeds);
  });

  it('finds no number of seeds for no effect', () => {
    expect(seedsNeeded(0, { most: 50 })).toBeUndefined();
  });
});
