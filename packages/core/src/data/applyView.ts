import { tensor, tensor4d, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { tensorType } from '../contracts/arrays.ts';
import type { View } from '../contracts/augmentation.ts';
import type { Rng } from '../random.ts';

/** Stored images, [n, H, W, 3] in one array, as a view shows them: levels 0…255, [n, h, w, 3]. One stream an image. */
export const applyView = (
  view: View,
  pixels: Uint8Array,
  size: readonly [number, number],
  streams: readonly Rng[],
): Tensor4D =>
  tidy(() => {
    let shape = size;
    let images = tensor4d(Float32Array.from(pixels), [streams.length, ...size, 3]);
    for (const augmentation of view) {
      const params = augmentation.sample(streams, shape);
      const fed = Object.fromEntries(
        Object.entries(params).map(([key, p]): [string, Tensor] => [
          key,
          tensor(p.data, [...p.shape], tensorType(p.dtype)),
        ]),
      );
      images = augmentation.apply(images, fed);
      shape = augmentation.outputSize?.(shape) ?? shape;
    }
    return images;
  });
