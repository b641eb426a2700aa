import {
  abs,
  expandDims,
  mul,
  range,
  reshape,
  sub,
  tidy,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { chance, drawEach } from '../draw.ts';
import { lookUp } from '../pixels/lookUp.ts';
import { probability } from '../options.ts';
import { moving, type Movement } from './moving.ts';

export const FlipOptions = z.strictObject({ p: probability(0.5) });
export type FlipOptions = z.input<typeof FlipOptions>;

/** Images whose `flipped` [B] is 1, mirrored; of any number of channels. */
const mirror = (images: Tensor4D, flipped: Tensor): Tensor4D => {
  const [, height, width] = images.shape;
  const last = mul(reshape(flipped, [-1, 1, 1]), width - 1); // [B, 1, 1]: W − 1, or 0 to stay
  const columns = abs(sub(last, reshape(range(0, width, 1, 'float32'), [1, 1, width]))); // [B, 1, W]
  return lookUp(images, { rows: expandDims(range(0, height, 1, 'float32'), 1), columns });
};

const movement: Movement = {
  map: (map, params) => mirror(map, params.flip!),
  points: (params, [, width]) => [sub(1, mul(params.flip!, 2)), 0, mul(params.flip!, width), 0, 1, 0],
};

/** Mirrors images left to right with probability `p`. */
export const flip = (options: FlipOptions = {}): Augmentation => {
  const { p } = FlipOptions.parse(options);
  return moving(movement, {
    name: 'flip',
    sample: (streams) => ({ flip: drawEach(streams, (rng) => chance(rng, p)) }),
    apply: (images, params) => tidy(() => mirror(images, params.flip!)),
  });
};

export const flipPlugin = plugin({
  token: AUGMENTATION,
  name: 'flip',
  summary: 'Mirrors the image left to right',
  when: 'Left and right mean the same: nearly always.',
  source: "torchvision's RandomHorizontalFlip",
  options: FlipOptions,
  create: flip,
});
