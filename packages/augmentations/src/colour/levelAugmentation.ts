import { expandDims, tidy, tile, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Augmentation } from '@understory/core';
import { chance, drawEach, drawRows } from '../draw.ts';
import { keepLevel, LEVELS, mapLevels, tableOf } from '../pixels/levels.ts';
import { choose, perImage, toImages, toPlanes } from '../pixels/pixels.ts';

/** An augmentation whose table is known beforehand: with probability `p`, each level becomes another. */
export const tableAugmentation = (
  name: string,
  p: number,
  change: (level: number) => number,
): Augmentation => {
  const [kept, changed] = [tableOf(keepLevel), tableOf(change)];
  return {
    name,
    inPlace: true,
    sample: (streams) => ({
      table: drawRows(streams, LEVELS, (rng) => (chance(rng, p) === 1 ? changed : kept)),
    }),
    apply: (images, { table }) => tidy(() => toImages(mapLevels(toPlanes(images), shared(table!)))),
  };
};

/** One table an image, for all its channels: [B, 256] → [3, B, 256] */
const shared = (table: Tensor): Tensor => tile(expandDims(table, 0), [3, 1, 1]);

/** An augmentation of whole planes [3, B, H, W], done with probability `p`. */
export const planeAugmentation = (
  name: string,
  p: number,
  change: (planes: Tensor4D) => Tensor4D,
): Augmentation => ({
  name,
  inPlace: true,
  sample: (streams) => ({ apply: drawEach(streams, (rng) => chance(rng, p)) }),
  apply: (images, params) =>
    tidy(() => choose(perImage(params['apply']!, 4), toImages(change(toPlanes(images))), images)),
});
