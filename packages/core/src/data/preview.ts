import { cast, clipByValue, round, tidy } from '@tensorflow/tfjs-core';
import type { View } from '../contracts/augmentation.ts';
import { seedOf, type Rng } from '../random.ts';
import { applyView } from './view.ts';
import type { StreamSource } from '../contracts/experiment.ts';

const levelsOf = async (
  ...args: [View, Uint8Array, readonly [number, number], readonly Rng[]]
): Promise<Uint8Array> => {
  const result = tidy(() => cast(round(clipByValue(applyView(...args), 0, 255)), 'int32'));
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
      levelsOf(
        view,
        pixels,
        samples.size,
        positions.map((p) => drawn.at(p, v).rng()),
      ),
    ),
  );
};
