import { cast, clipByValue, round, tensor, tensor4d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { View } from '../contracts/augmentation.ts';
import { seedOf, type Rng } from '../random.ts';
import type { StreamSource } from './experiment.ts';

const applyView = async (
  view: View,
  pixels: Uint8Array,
  size: readonly [number, number],
  streams: readonly Rng[],
): Promise<Uint8Array> => {
  const result = tidy(() => {
    let shape = size;
    let images = tensor4d(Float32Array.from(pixels), [streams.length, ...size, 3]);
    for (const augmentation of view) {
      const params = augmentation.sample(streams, shape);
      const fed = Object.fromEntries(
        Object.entries(params).map(([key, p]): [string, Tensor] => [
          key,
          tensor(p.data, [...p.shape], p.dtype === 'uint8' ? 'int32' : p.dtype),
        ]),
      );
      images = augmentation.apply(images, fed);
      shape = augmentation.outputSize?.(shape) ?? shape;
    }
    return cast(round(clipByValue(images, 0, 255)), 'int32');
  });
  const values = await result.data();
  result.dispose();
  return Uint8Array.from(values);
};

/** The views of a few samples as a step of epoch 0 sees them: for each view, images [n, H, W, 3] in one array. */
export const previewViews = async (
  { name, samples, views }: StreamSource,
  seed: number,
  positions: readonly number[],
): Promise<Uint8Array[]> => {
  const pixels = await samples.read(positions);
  const drawn = seedOf(seed).at('augment', name, 0);
  return Promise.all(
    views.map((view, v) =>
      applyView(
        view,
        pixels,
        samples.size,
        positions.map((p) => drawn.at(p, v).rng()),
      ),
    ),
  );
};
