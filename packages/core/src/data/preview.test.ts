import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { float32, int32 } from '../contracts/arrays.ts';
import type { Augmentation } from '../contracts/augmentation.ts';
import type { Samples } from '../contracts/dataset.ts';
import { reverse } from '@tensorflow/tfjs-core';
import { previewSamples, previewViews } from './preview.ts';

/** Images of 2 × 3 pixels that hold their places, each with a map of the same and its number. */
const samples: Samples = {
  length: 4,
  size: [2, 3],
  targets: {
    map: { kind: 'map', dtype: 'int32', shape: [2, 3] },
    label: { kind: 'class', dtype: 'int32', shape: [] },
  },
  readTargets: (positions) =>
    Promise.resolve({
      map: int32(Array.from(positions, () => [0, 1, 2, 3, 4, 5]).flat(), [positions.length, 2, 3]),
      label: int32(Array.from(positions), [positions.length]),
    }),
  read: (positions) =>
    Promise.resolve(
      Uint8Array.from(Array.from(positions, () => [0, 1, 2, 3, 4, 5].flatMap((v) => [v, v, v])).flat()),
    ),
  describe: String,
};

const flip: Augmentation = {
  name: 'mirror',
  moves: ['map'],
  sample: (streams) => ({
    drawn: float32(
      streams.map(() => 1),
      [streams.length],
    ),
  }),
  apply: (images) => reverse(images, 2),
  applyTarget: (target) => reverse(target, 2),
};

it('shows samples as each view does, with the targets that lie in the image moved with it', async () => {
  const stream = { name: 'train', batch: 2, labelled: true, samples, views: [[], [flip]] };
  const before = memory().numTensors;
  const [plain, mirrored] = await previewSamples(stream, 1, [2, 0]);
  expect(memory().numTensors).toBe(before);
  expect([plain!.images.shape, mirrored!.images.shape]).toEqual([
    [2, 2, 3, 3],
    [2, 2, 3, 3],
  ]);
  const levels = (data: ArrayLike<number>): number[] => Array.from(data).filter((_, i) => i % 3 === 0);
  expect(levels(plain!.images.data).slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(levels(mirrored!.images.data).slice(0, 6)).toEqual([2, 1, 0, 5, 4, 3]);
  expect(Array.from(mirrored!.targets['map']!.data).slice(6)).toEqual([2, 1, 0, 5, 4, 3]);
  expect(Object.keys(mirrored!.targets)).toEqual(['map']);
  const [, pixels] = await previewViews(stream, 1, [2, 0]);
  expect(pixels).toEqual(mirrored!.images.data);
});
