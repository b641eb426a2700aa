import { readFileSync } from 'node:fs';
import { memory, slice, tensor, tensor4d, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { seedOf, type Augmentation, type NdArrays, type Rng } from '@understory/core';
import { streamNumber } from '@understory/core/testing';
import { expect, it } from 'vitest';

/** Streams of `n` images, as the trainer makes them. */
export const streamsOf = (n: number, seed = 1): Rng[] =>
  Array.from({ length: n }, (_, i) => seedOf(seed).at(i).rng());

export const tensorsOf = (params: NdArrays): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(params).map(([key, { data, shape, dtype }]) => [
      key,
      tensor(data, [...shape], dtype === 'uint8' ? 'int32' : dtype),
    ]),
  );

export const sizeOf = (images: Tensor4D): [number, number] => [images.shape[1], images.shape[2]];

/** Draws with a seed and applies; disposes the parameters. */
export const augment = (augmentation: Augmentation, images: Tensor4D, seed = 1): Tensor4D =>
  tidy(() => {
    const params = augmentation.sample(streamsOf(images.shape[0], seed), sizeOf(images));
    return augmentation.apply(images, tensorsOf(params));
  });

/** Values of a tensor, which it disposes. */
export const valuesOf = (x: Tensor): Float32Array => {
  const values = x.dataSync<'float32'>();
  x.dispose();
  return values;
};

/** The deterministic stream of the golden numbers, in [-1, 1). */
export const uniformStream = (n: number, seed: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => streamNumber(i, seed));

/** The pictures of the golden pixels: 8-bit values from a deterministic stream. */
export const streamImages = (shape: [number, number, number, number], seed = 70): Tensor4D => {
  const n = shape.reduce((a, b) => a * b);
  return tensor4d(
    Float32Array.from({ length: n }, (_, i) => Math.floor(((streamNumber(i, seed) + 1) / 2) * 256)),
    shape,
  );
};

interface Packed {
  readonly shape: [number, number, number, number];
  readonly base64: string;
}

export interface Golden {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly result: Packed;
}

export const unpack = ({ shape, base64 }: Packed): Tensor4D =>
  tensor4d(Float32Array.from(Buffer.from(base64, 'base64')), shape);

/** What torchvision makes of small pictures: see testdata/make_transforms.py. */
export const goldenTransforms = (): { readonly pictures: Packed; readonly cases: Golden[] } =>
  JSON.parse(readFileSync(new URL('../testdata/transforms.json', import.meta.url), 'utf8')) as ReturnType<
    typeof goldenTransforms
  >;

/** What holds for every augmentation. */
export const testAugmentation = (
  augmentation: Augmentation,
  size: readonly [number, number] = [12, 14],
): void => {
  const images = () => streamImages([5, ...size, 3]);
  const sample = (seed: number) => augmentation.sample(streamsOf(5, seed), size);

  it('draws the same parameters from the same streams, one row an image', () => {
    expect(sample(3)).toEqual(sample(3));
    for (const { shape } of Object.values(sample(3))) expect(shape[0]).toBe(5);
  });

  it('gives images of the promised size that hold whole numbers 0…255', () => {
    const made = augment(augmentation, images());
    expect(made.shape).toEqual([5, ...(augmentation.outputSize?.(size) ?? size), 3]);
    expect(valuesOf(made).every((v) => Number.isInteger(v) && v >= 0 && v <= 255)).toBe(true);
  });

  it('says whether it draws at random', () => {
    const [first, ...others] = [1, 2, 3, 4, 5, 6].map(sample);
    const same = others.every((params) => JSON.stringify(params) === JSON.stringify(first));
    expect(same).toBe(augmentation.deterministic ?? false);
  });

  it.skipIf(augmentation.mixes)('treats each image alone', () => {
    const batch = images();
    const all = valuesOf(augment(augmentation, batch));
    const one = all.length / 5;
    for (let i = 0; i < 5; i++) {
      const own = tidy(() => {
        const params = augmentation.sample(streamsOf(5).slice(i, i + 1), size);
        return augmentation.apply(slice(batch, [i], [1]), tensorsOf(params));
      });
      expect(valuesOf(own)).toEqual(all.slice(i * one, (i + 1) * one));
    }
  });

  it('leaves no tensor behind', () => {
    const batch = images();
    const params = tensorsOf(sample(1));
    const before = memory().numTensors;
    augmentation.apply(batch, params).dispose();
    expect(memory().numTensors).toBe(before);
  });
};
