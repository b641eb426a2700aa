import {
  cast,
  equal,
  expandDims,
  matMul,
  reshape,
  scalar,
  split,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  AUGMENTATION,
  permutation,
  plugin,
  type Augmentation,
  type DrawnParams,
  type Rng,
} from '@understory/core';
import { z } from 'zod';
import { between, chance, stackDrawn } from '../draw.ts';
import { interval, probability, within } from '../options.ts';
import { blend, meanLevel } from '../pixels/blend.ts';
import { shiftHue } from '../pixels/hue.ts';
import { choose, greyPlane, perImage, toImages, toPlanes } from '../pixels/pixels.ts';

const factors = (what: string, least: number, largest: number) =>
  interval(within(0, 256, 'a factor'))
    .default([least, largest])
    .describe(`least and largest ${what} factor; 1 changes nothing`);

export const PhotometricOptions = z.strictObject({
  brightness: factors('brightness', 0.875, 1.125),
  contrast: factors('contrast', 0.5, 1.5),
  saturation: factors('saturation', 0.5, 1.5),
  hue: within(0, 0.5, 'a part of a full turn of the hue')
    .default(0.05)
    .describe('hue is turned by up to this in either direction, in full turns'),
  p: probability(0.5).describe('part of the images to which each of the five is done, 0 to 1'),
});
export type PhotometricOptions = z.input<typeof PhotometricOptions>;

const CHANNELS = [0, 1, 2];

/** Channels of images in an order of each one's own; `order` [B, 3] names the old channel of each new one. */
const reorder = (images: Tensor4D, order: Tensor): Tensor4D => {
  const [batch, height, width] = images.shape;
  const picked = cast(equal(expandDims(order, 1), tensor2d(CHANNELS, [3, 1])), 'float32'); // [B, old, new]
  const pixels = reshape(images, [batch, height * width, 3]);
  return reshape(matMul(pixels, picked), [batch, height, width, 3]);
};

/** What one image does: factors (1 where an operation is not done), the turn of its hue, the order of its channels. */
const drawOne = (rng: Rng, options: z.output<typeof PhotometricOptions>) => {
  const { p } = options;
  const factor = (name: 'brightness' | 'contrast' | 'saturation'): number =>
    chance(rng, p) === 1 ? between(rng, ...options[name]) : 1;
  const [brightness, contrast, saturation] = [factor('brightness'), factor('contrast'), factor('saturation')];
  const turned = chance(rng, p);
  const hue = Math.trunc(between(rng, -options.hue, options.hue) * 255); // in levels of 256
  const first = rng.uniform() < 0.5;
  const order = chance(rng, p) === 1 ? permutation(3, rng) : CHANNELS;
  return {
    factors: [brightness, first ? contrast : 1, saturation, first ? 1 : contrast],
    hue: [turned, hue],
    order: [...order],
  };
};

/** Columns of [B, n], each [B, 1, 1]. */
const columnsOf = (rows: Tensor): Tensor[] =>
  split(rows, rows.shape[1]!, 1).map((column) => perImage(column, 3));

const distort = (images: Tensor4D, { factors, hue, order }: DrawnParams): Tensor4D => {
  const [brightness, before, saturation, after] = columnsOf(factors!) as [Tensor, Tensor, Tensor, Tensor];
  const [turned, turn] = columnsOf(hue!) as [Tensor, Tensor];
  const contrast = (planes: Tensor4D, factor: Tensor): Tensor4D =>
    blend(planes, meanLevel(greyPlane(planes)), factor);
  const bright = contrast(blend(toPlanes(images), scalar(0), brightness), before);
  const rich = blend(bright, greyPlane(bright), saturation);
  return reorder(toImages(contrast(choose(turned, shiftHue(rich, turn), rich), after)), order!);
};

/**
 * SSD's distortion: brightness, contrast (before or after the others), saturation, hue and the order of the channels, each with
 * probability `p`, as torchvision's `RandomPhotometricDistort` does it on 8-bit pictures.
 */
export const photometric = (options: PhotometricOptions = {}): Augmentation => {
  const parsed = PhotometricOptions.parse(options);
  return {
    name: 'photometric',
    inPlace: true,
    sample(streams) {
      const drawn = streams.map((rng) => drawOne(rng, parsed));
      const stacked = (key: keyof ReturnType<typeof drawOne>, width: number) =>
        stackDrawn(
          drawn.map((one) => one[key]),
          width,
        );
      return { factors: stacked('factors', 4), hue: stacked('hue', 2), order: stacked('order', 3) };
    },
    apply: (images, params) => tidy(() => distort(images, params)),
  };
};

export const photometricPlugin = plugin({
  token: AUGMENTATION,
  name: 'photometric',
  summary: 'Distorts brightness, contrast, saturation, hue and the order of channels',
  when: 'Detection of things of any colour, as in SSD: boxes stay where they are.',
  source: "Liu et al. 2016 (SSD); torchvision's RandomPhotometricDistort",
  options: PhotometricOptions,
  create: photometric,
});
