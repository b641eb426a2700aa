import {
  classSamples,
  DATASET,
  plugin,
  type DatasetFactory,
  type Samples,
  type Seed,
} from '@understory/core';
import { z } from 'zod';

/** Noise with a bright half: the left one is class 0, the right one class 1. */
const samplesOf = (seed: Seed, length: number, size: number): Samples => {
  const labels = Int32Array.from({ length }, (_, i) => i % 2);
  const pixelsOf = (position: number) => {
    const rng = seed.at(position).rng();
    const isBright = (i: number) => Math.floor(((i % (size * 3)) * 2) / (size * 3)) === labels[position];
    return Array.from({ length: size * size * 3 }, (_, i) => rng.integer(0, 100) + (isBright(i) ? 120 : 0));
  };
  return classSamples({
    length,
    size: [size, size],
    labels,
    read: (positions) => Promise.resolve(Uint8Array.from(Array.from(positions).flatMap(pixelsOf))),
    describe: (position) => `halves ${position}`,
  });
};

export const ownPlugin = plugin({
  token: DATASET,
  name: 'own',
  summary: 'Which half of an image is bright',
  options: z.strictObject({
    images: z.int().min(8).default(64).describe('training images; a quarter as many in each other split'),
    size: z.int().min(8).default(32).describe('height and width of the images in pixels'),
  }),
  create:
    ({ images, size }): DatasetFactory =>
    ({ seed }) =>
      Promise.resolve({
        name: 'own',
        classes: ['left', 'right'],
        normalization: { mean: [0.4, 0.4, 0.4], std: [0.25, 0.25, 0.25] },
        train: samplesOf(seed.at('train'), images, size),
        validation: samplesOf(seed.at('validation'), images >> 2, size),
        test: samplesOf(seed.at('test'), images >> 2, size),
        leftOut: [],
      }),
});
