import { grad, memory, mul, profile, type Scalar, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectGolden,
  goldens,
  ids,
  leaked,
  relativeError,
  stream,
  valueAndGradient,
} from './golden.test.support.ts';
import { blockwiseSupCon, ntXent, supCon } from './index.ts';

describe('blockwiseSupCon', () => {
  const some = goldens('supcon.json').filter(
    (g) => g.loss === 'supCon' && [0.05, 0.5].includes(Number(g.options['temperature'])),
  );
  it.each(some)('matches PyTorch: $name, $options', (golden) => {
    const loss = blockwiseSupCon({ ...golden.options, block: 3 });
    const vanishing = golden.gradients['features']!.every((g) => Math.abs(g) < 1e-9);
    const floor = vanishing ? 1 / Number(golden.options['temperature']) : 1e-30;
    expectGolden(golden, ({ features, labels }) => loss(features as Tensor2D, labels as Tensor1D), { floor });
  });

  it('is supCon whatever the block', () => {
    const shape = fc.record({
      half: fc.integer({ min: 1, max: 8 }),
      block: fc.integer({ min: 1, max: 20 }),
      seed: fc.nat(1000),
      anchors: fc.constantFrom('all' as const, 'first' as const),
      classes: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        shape,
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        ({ half, block, seed, anchors, classes }, temperature) => {
          const x = stream([2 * half, 5], seed);
          const y = ids(...Array.from({ length: 2 * half }, (_, i) => (i * 7 + seed) % classes));
          const whole = valueAndGradient((v) => supCon({ temperature, anchors })(v, y), x);
          const parts = valueAndGradient((v) => blockwiseSupCon({ temperature, anchors, block })(v, y), x);
          expect(relativeError([parts.value], [whole.value], 1)).toBeLessThan(1e-5);
          expect(relativeError(parts.gradient, whole.gradient, 1)).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 50, seed: 2 },
    );
  });

  it('can let the views tell, whatever the labels', () => {
    const x = stream([8, 5], 4);
    const loss = blockwiseSupCon({ positives: 'views', temperature: 0.5, baseTemperature: 0.5, block: 3 });
    const { value, gradient } = valueAndGradient((v) => loss(v, ids(0, 0, 0, 0)), x);
    const expected = valueAndGradient(ntXent({ temperature: 0.5 }), x);
    expect(value).toBeCloseTo(expected.value, 5);
    expect(relativeError(gradient, expected.gradient)).toBeLessThan(1e-5);
  });

  it('scales the gradient with what comes after', () => {
    const x = stream([8, 5], 4);
    const loss = blockwiseSupCon({ block: 3 });
    const once = valueAndGradient((v) => loss(v), x);
    const thrice = valueAndGradient((v) => mul(loss(v), 3), x);
    expect(
      relativeError(
        thrice.gradient,
        once.gradient.map((g) => 3 * g),
      ),
    ).toBeLessThan(1e-6);
  });

  it('never holds all similarities', async () => {
    const n = 256;
    const x = stream([n, 8], 1);
    const peakOf = async (loss: (v: Tensor2D) => Scalar): Promise<number> => {
      const before = memory().numBytes;
      const { peakBytes } = await profile(() => grad((v) => loss(v as Tensor2D))(x));
      return peakBytes - before;
    };
    expect(await peakOf(supCon())).toBeGreaterThan(4 * n * n * 4);
    expect(await peakOf(blockwiseSupCon({ block: 4 }))).toBeLessThan(n * n * 4);
  });

  it('leaves no tensor behind', () => {
    const x = stream([8, 5], 4);
    expect(leaked(() => blockwiseSupCon({ block: 3 })(x))).toBe(0);
    expect(leaked(() => grad((v) => blockwiseSupCon({ block: 3 })(v as Tensor2D))(x))).toBe(0);
  });
});
