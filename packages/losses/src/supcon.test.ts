import {
  concat,
  fill,
  gather,
  grad,
  mul,
  ones,
  tensor2d,
  tidy,
  zeros,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dot,
  expectGolden,
  goldens,
  ids,
  leaked,
  norm,
  numberOf,
  relativeError,
  stream,
  unit,
  slopeOf,
  rowsOf,
  valueAndGradient,
} from './golden.test.support.ts';
import { supCon } from './index.ts';

const two = (): Tensor2D => concat([stream([4, 8], 0), stream([4, 8], 1)]);

/** Equation 2 as loops, over rows that all have a label. */
const equation = (x: number[][], labels: readonly number[], temperature: number): number => {
  const z = unit(x);
  const terms: number[] = [];
  for (let i = 0; i < z.length; i++) {
    let denominator = 0;
    for (let k = 0; k < z.length; k++) if (k !== i) denominator += Math.exp(dot(z[i]!, z[k]!) / temperature);
    let sum = 0;
    let count = 0;
    for (let p = 0; p < z.length; p++) {
      if (p === i || labels[p] !== labels[i]) continue;
      sum += dot(z[i]!, z[p]!) / temperature - Math.log(denominator);
      count += 1;
    }
    if (count > 0) terms.push(-sum / count);
  }
  return terms.length === 0 ? 0 : (terms.reduce((a, b) => a + b, 0) / terms.length) * (temperature / 0.07);
};

describe('supCon against PyTorch', () => {
  it.each(goldens('supcon.json').filter((g) => g.loss === 'supCon'))('$name, $options', (golden) => {
    const loss = supCon(golden.options);
    // Where the true gradient is zero (equal vectors), what is left is rounding of terms of size 1 / temperature.
    const floor = 1 / (golden.options['temperature'] as number);
    const equal = golden.gradients['features']!.every((g) => Math.abs(g) < 1e-9);
    expectGolden(
      golden,
      ({ features, labels }) => loss(features as Tensor2D, labels as Tensor1D),
      equal ? { floor } : {},
    );
  });

  it.each([
    [0.07, 0.07, 8.5905564],
    [0.1, 0.1, 6.1860227],
    [0.1, 0.07, 8.8371753],
    [0.5, 0.5, 2.3240203],
  ])('gives the published value, temperature %f, base %f', (temperature, baseTemperature, expected) => {
    const value = numberOf(supCon({ temperature, baseTemperature })(two(), ids(0, 1, 0, 2)));
    expect(relativeError([value], [expected])).toBeLessThan(1e-6);
  });

  it('gives the published gradient norms', () => {
    const { gradient } = valueAndGradient((x) => supCon()(x, ids(0, 1, 0, 2)), two());
    expect(relativeError([norm(gradient.slice(0, 32))], [4.0354895])).toBeLessThan(1e-6);
    expect(relativeError([norm(gradient.slice(32))], [3.9437114])).toBeLessThan(1e-6);
  });

  it('has the anchors of the first view only', () => {
    const value = supCon({ anchors: 'first' })(two(), ids(0, 1, 0, 2));
    expect(numberOf(value)).toBeCloseTo(8.5120515, 5);
  });
});

describe('supCon', () => {
  const labelled = fc
    .record({
      rows: fc.integer({ min: 2, max: 10 }),
      width: fc.integer({ min: 2, max: 6 }),
      seed: fc.nat(10_000),
    })
    .chain((c) =>
      fc.record({ c: fc.constant(c), y: fc.array(fc.nat(3), { minLength: c.rows, maxLength: c.rows }) }),
    );
  const temperature = fc.double({ min: 0.05, max: 1, noNaN: true });

  it('is the equation written as a loop', () => {
    fc.assert(
      fc.property(labelled, temperature, ({ c, y }, t) => {
        const x = stream([c.rows, c.width], c.seed);
        const value = numberOf(supCon({ temperature: t })(x, ids(...y)));
        expect(Math.abs(value - equation(rowsOf(x), y, t))).toBeLessThan(1e-5 / t);
      }),
      { seed: 1 },
    );
  });

  it('does not depend on the order of the samples', () => {
    fc.assert(
      fc.property(labelled, fc.nat(1000), ({ c, y }, turn) => {
        const x = stream([c.rows, c.width], c.seed);
        const order = y
          .map((_, i) => i)
          .sort((a, b) => ((a * 7 + turn) % c.rows) - ((b * 7 + turn) % c.rows) || a - b);
        const shuffled = gather(x, ids(...order));
        const value = numberOf(supCon()(shuffled, ids(...order.map((i) => y[i]!))));
        expect(value).toBeCloseTo(numberOf(supCon()(x, ids(...y))), 3);
      }),
      { seed: 1 },
    );
  });

  it('does not depend on the length of the rows', () => {
    fc.assert(
      fc.property(labelled, fc.double({ min: -25, max: 25, noNaN: true }), ({ c, y }, exponent) => {
        const x = stream([c.rows, c.width], c.seed);
        const value = numberOf(supCon()(mul(x, 10 ** (exponent / 2.5)), ids(...y)));
        expect(value).toBeCloseTo(numberOf(supCon()(x, ids(...y))), 3);
      }),
      { seed: 1 },
    );
  });

  it('has the gradient that differences show', () => {
    fc.assert(
      fc.property(labelled, fc.double({ min: 0.2, max: 1, noNaN: true }), ({ c, y }, t) => {
        const x = stream([c.rows, c.width], c.seed);
        const way = stream([c.rows, c.width], c.seed + 1);
        const { gradient } = valueAndGradient((v) => supCon({ temperature: t })(v, ids(...y)), x);
        const slope = dot(Array.from(gradient), Array.from(way.dataSync()));
        const measured = slopeOf((v) => equation(v, y, t), rowsOf(x), rowsOf(way));
        expect(Math.abs(slope - measured)).toBeLessThan(1e-4 * Math.max(1, norm(gradient)));
      }),
      { seed: 1 },
    );
  });

  it('is log(2B - 1) when all embeddings are equal', () => {
    for (const t of [0.01, 0.05, 0.07, 1]) {
      const loss = supCon({ temperature: t, baseTemperature: t });
      const { value, gradient } = valueAndGradient((x) => loss(x, ids(0, 1, 2)), ones([6, 4]));
      expect(value).toBeCloseTo(Math.log(5), 5);
      expect(norm(gradient)).toBeLessThan(1e-5 / t);
    }
  });

  it('stays finite where no other row is near', () => {
    // Every kept cosine is −1 while the row's own is 1: exp(−2 / 0.005) is 0 in float32.
    const x = tensor2d([
      [1, 0],
      [-1, 0],
    ]);
    const { value, gradient } = valueAndGradient((v) => supCon({ temperature: 0.005 })(v, ids(1, 1)), x);
    expect(value).toBeCloseTo(0, 6);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('takes zero rows, very long and very short rows', () => {
    const rows: Tensor2D = concat([
      zeros([1, 8]),
      stream([2, 8], 5),
      fill([1, 8], 3e30),
      fill([1, 8], 1e-25),
      stream([1, 8], 6),
    ]);
    for (const t of [0.05, 1]) {
      const { value, gradient } = valueAndGradient((x) => supCon({ temperature: t })(x, ids(0, 1, 0)), rows);
      expect(Number.isFinite(value)).toBe(true);
      expect(gradient.every(Number.isFinite)).toBe(true);
      expect(norm(gradient.slice(0, 8))).toBe(0);
    }
  });

  it('is 0 with no gradient when no anchor has a positive', () => {
    const { value, gradient } = valueAndGradient((x) => supCon()(x, ids(0, 1, 2, 3)), stream([4, 8], 0));
    expect(value).toBeCloseTo(0, 10);
    expect(norm(gradient)).toBe(0);
  });

  it('takes labels of samples, of rows, or none', () => {
    const x = two();
    const all = numberOf(supCon()(x, ids(0, 1, 0, 2, 0, 1, 0, 2)));
    expect(numberOf(supCon()(x, ids(0, 1, 0, 2)))).toBe(all);
    expect(numberOf(supCon()(x))).toBe(numberOf(supCon()(x, ids(0, 1, 2, 3))));
  });

  it('leaves no tensor behind', () => {
    const x = two();
    const y = ids(0, 1, 0, 2);
    expect(leaked(() => supCon()(x, y))).toBe(0);
    expect(leaked(() => grad((v) => supCon()(v as Tensor2D, y))(x))).toBe(0);
  });

  it('names what does not fit', () => {
    const x = stream([6, 4], 0);
    expect(() => tidy(() => supCon()(x, ids(0, 1, 2, 3)))).toThrow(/4 labels do not fit 6 rows/);
    expect(() => tidy(() => supCon({ views: 4 })(x))).toThrow(/6 rows of features cannot be 4 views/);
    expect(() => supCon({ temperature: 0 })).toThrow();
    expect(() => supCon({ temprature: 1 } as never)).toThrow();
  });
});
