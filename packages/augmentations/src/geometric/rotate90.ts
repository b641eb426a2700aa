import { clone, reverse, tidy, transpose, type Tensor4D } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import type { Affine } from '../pixels/moveBoxes.ts';
import type { Size } from '../sizes.ts';
import { moving } from './moving.ts';
import { z } from 'zod';
import { whole } from '../options.ts';

export const Rotate90Options = z.strictObject({
  turns: whole(0, 3, 'quarter turns').default(1).describe('quarter turns, counter-clockwise'),
});
export type Rotate90Options = z.input<typeof Rotate90Options>;

/** Where points go at so many quarter turns. */
const TURNED: readonly ((size: Size) => Affine)[] = [
  () => [1, 0, 0, 0, 1, 0],
  ([, width]) => [0, 1, 0, -1, 0, width],
  ([height, width]) => [-1, 0, width, 0, -1, height],
  ([height]) => [0, -1, height, 1, 0, 0],
];

/** Turns all images by the same number of quarter turns: the views of SSKD (Xu et al. 2020). */
export const rotate90 = (options: Rotate90Options = {}): Augmentation => {
  const { turns } = Rotate90Options.parse(options);
  const turn = (images: Tensor4D): Tensor4D => {
    if (turns === 0) return clone(images);
    if (turns === 2) return reverse(images, [1, 2]);
    const turned = transpose(images, [0, 2, 1, 3]);
    return reverse(turned, turns === 1 ? 1 : 2);
  };
  return moving(
    { map: turn, points: (_, size) => TURNED[turns]!(size) },
    {
      name: 'rotate90',
      deterministic: true,
      outputSize: ([height, width]) => (turns % 2 === 0 ? [height, width] : [width, height]),
      sample: () => ({}),
      apply: (images) => tidy(() => turn(images)),
    },
  );
};

export const rotate90Plugin = plugin({
  token: AUGMENTATION,
  name: 'rotate90',
  summary: 'Turns the image by quarter turns',
  when: 'The views of SSKD, one for each quarter turn.',
  source: 'Gidaris et al. 2018; Xu et al. 2020 (SSKD)',
  options: Rotate90Options,
  create: rotate90,
});
