import { concat, type Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  dot,
  expectGolden,
  goldens,
  ids,
  norm,
  numberOf,
  relativeError,
  stream,
  unit,
  rowsOf,
  valueAndGradient,
} from './golden.test.support.ts';
import { ntXent } from './index.ts';

const two = (): Tensor2D => concat([stream([4, 8], 0), stream([4, 8], 1)]);

describe('ntXent', () => {
  it.each(goldens('supcon.json').filter((g) => g.loss === 'ntXent'))(
    'matches PyTorch: $name, $options',
    (golden) => {
      const loss = ntXent(golden.options);
      const floor = 1 / (golden.options['temperature'] as number);
      const equal = golden.gradients['features']!.every((g) => Math.abs(g) < 1e-9);
      expectGolden(golden, ({ features }) => loss(features as Tensor2D), equal ? { floor } : {});
    },
  );

  it.each([
    [0.5, 2.4148655, 0.52950078, 0.62449011],
    [0.07, 9.2394502, 4.5684682, 5.7152143],
    [0.1, 6.6402484, undefined, undefined],
  ])('gives the published values at temperature %f', (temperature, expected, ofA, ofB) => {
    const { value, gradient } = valueAndGradient(ntXent({ temperature }), two());
    expect(relativeError([value], [expected])).toBeLessThan(1e-6);
    if (ofA) expect(relativeError([norm(gradient.slice(0, 32))], [ofA])).toBeLessThan(2e-6);
    if (ofB) expect(relativeError([norm(gradient.slice(32))], [ofB])).toBeLessThan(2e-6);
  });

  it('is the equation written as a loop', () => {
    const z = unit(rowsOf(two()));
    const n = z.length;
    let total = 0;
    for (let i = 0; i < n; i++) {
      let denominator = 0;
      for (let k = 0; k < n; k++) if (k !== i) denominator += Math.exp(dot(z[i]!, z[k]!) / 0.2);
      total -= dot(z[i]!, z[(i + n / 2) % n]!) / 0.2 - Math.log(denominator);
    }
    expect(numberOf(ntXent({ temperature: 0.2 })(two()))).toBeCloseTo(total / n, 5);
  });

  it('does not look at labels', () => {
    const loss = ntXent();
    expect(numberOf(loss(two(), ids(0, 0, 0, 0)))).toBe(numberOf(loss(two())));
  });

  it('refuses an odd number of rows', () => {
    expect(() => ntXent()(stream([5, 4], 0))).toThrow(/5 rows of features cannot be 2 views/);
  });
});
