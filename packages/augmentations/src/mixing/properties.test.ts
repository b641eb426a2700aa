import { dispose, memory, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import { seedOf, UnderstoryError, type Mixing, type NdArrays } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { anyOptions, makeFrom, type Options } from '../anyOptions.test.support.ts';
import { anySize, type Size } from '../anyPictures.test.support.ts';
import { mixingPlugins } from '../plugins.ts';
import { tensorsOf, valuesOf } from '../testing.test.support.ts';

interface Drawn {
  readonly options: Options;
  readonly size: Size;
  readonly batch: number;
  readonly seed: number;
}

/** Levels of flat pictures, each of its own; those of `others` images are 7 more. */
const levelOf = (image: number, others: ReadonlySet<number>): number =>
  11 * image + (others.has(image) ? 7 : 0);

const pictures = ({ size, batch }: Drawn, others: ReadonlySet<number>): Tensor4D => {
  const n = size[0] * size[1] * 3;
  const values = Float32Array.from({ length: batch * n }, (_, i) => levelOf(Math.floor(i / n), others));
  return tensor4d(values, [batch, ...size, 3]);
};

/** Mean level of each image after mixing. */
const mixedMeans = (made: Mixing, drawn: Drawn, params: NdArrays, others: ReadonlySet<number>): number[] => {
  const before = memory().numTensors;
  const [images, fed] = [pictures(drawn, others), tensorsOf(params)];
  const mixed = valuesOf(made.apply(images, fed));
  dispose([images, ...Object.values(fed)]);
  expect(memory().numTensors).toBe(before);
  const n = mixed.length / drawn.batch;
  return Array.from({ length: drawn.batch }, (_, i) => {
    const own = mixed.subarray(i * n, (i + 1) * n);
    return own.reduce((a, b) => a + b, 0) / n;
  });
};

/** An image and its partner make up the mixed one, as `share` says; no other image does. */
const expectMixed = (made: Mixing, drawn: Drawn): void => {
  const { size, batch, seed } = drawn;
  const params = made.sample(seedOf(seed).rng(), batch, size);
  const share = params['share']!.data[0]!;
  const partners = [...params['partners']!.data];
  expect(share).toBeGreaterThanOrEqual(0);
  expect(share).toBeLessThanOrEqual(1);
  expect([...partners].sort((a, b) => a - b)).toEqual(Array.from({ length: batch }, (_, i) => i));
  for (const others of [new Set<number>(), new Set([seed % batch])]) {
    const means = mixedMeans(made, drawn, params, others);
    means.forEach((level, i) => {
      const expected = share * levelOf(i, others) + (1 - share) * levelOf(partners[i]!, others);
      expect(Math.abs(level - expected)).toBeLessThan(1e-3);
    });
  }
};

describe.each(mixingPlugins.map((plugin) => [plugin.name, plugin] as const))('%s', (_, plugin) => {
  it('refuses options with a reason, or mixes two images by the share of their labels', () => {
    const cases = fc.record({
      options: anyOptions(plugin, mixingPlugins),
      size: anySize,
      batch: fc.integer({ min: 1, max: 6 }),
      seed: fc.nat(1000),
    });
    const made = ({ options, size }: Drawn): Mixing | undefined => {
      try {
        const mixing = makeFrom(plugin, options, mixingPlugins) as Mixing;
        mixing.check?.(size);
        return mixing;
      } catch (error) {
        if (error instanceof UnderstoryError || error instanceof ZodError) return undefined;
        throw error;
      }
    };
    fc.assert(
      fc.property(cases, (drawn) => {
        const mixing = made(drawn);
        fc.pre(mixing !== undefined);
        expectMixed(mixing, drawn);
      }),
      { numRuns: 60, seed: 16 },
    );
  });
});
