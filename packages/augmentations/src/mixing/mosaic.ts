import {
  add,
  div,
  floor,
  greaterEqual,
  less,
  logicalAnd,
  mul,
  range,
  reshape,
  squeeze,
  expandDims,
  sub,
  tidy,
  where,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  AUGMENTATION,
  plugin,
  type Augmentation,
  type DrawnParams,
  type NdArray,
  type NdArrays,
  type Rng,
} from '@understory/core';
import { z } from 'zod';
import { between, chance, stackDrawn } from '../draw.ts';
import { colour, interval, keepOption, MEAN_COLOUR, probability, toRgb, within } from '../options.ts';
import { NO_CLASS } from '../geometric/moving.ts';
import { FILTERS } from '../pixels/filterWeights.ts';
import { lookUp } from '../pixels/lookUp.ts';
import { withPicture } from '../pixels/picture.ts';
import { perImage } from '../pixels/pixels.ts';
import { resampleBoxes, sampleScaled, scaledSide } from '../pixels/resample.ts';
import { checked, unfit, type Size } from '../sizes.ts';
import { moveMosaicBoxes } from './mosaicBoxes.ts';
import { atPixels, layoutOf, type Layout } from './mosaicLayout.ts';

export const MosaicOptions = z.strictObject({
  scale: interval(within(0.01, 1, 'a factor'))
    .default([0.5, 0.5])
    .describe('least and largest factor by which each picture is scaled'),
  centre: interval(within(0, 1, 'a part of a side'))
    .default([0.25, 0.75])
    .describe('where the four pictures meet: least and largest part of each side'),
  filter: z.enum(FILTERS).default('bilinear').describe('how pixels are weighed, antialiased'),
  fill: colour(MEAN_COLOUR),
  keep: keepOption(0.1),
  p: probability(1),
});
export type MosaicOptions = z.input<typeof MosaicOptions>;

/** Coordinates in a scaled image, [B, H, W], and whether the image has a pixel there. */
const scaledAt = (layout: Layout, size: Size) => {
  const at = (numbers: Tensor): Tensor => atPixels(numbers, layout, size);
  const rows = sub(reshape(range(0, size[0], 1, 'float32'), [1, -1, 1]), at(layout.down));
  const columns = sub(reshape(range(0, size[1], 1, 'float32'), [1, 1, -1]), at(layout.across));
  const [height, width] = [at(layout.height), at(layout.width)];
  const within = (x: Tensor, n: Tensor): Tensor => logicalAnd(greaterEqual(x, 0), less(x, n));
  const inside = logicalAnd(within(rows, height), within(columns, width));
  return { rows, columns, height, width, inside, image: at(layout.image) };
};

/** Takes pixels of the batch; the fill where `inside` is false. Coordinates [B, H, W]. */
const take = (
  images: Tensor4D,
  {
    rows,
    columns,
    inside,
    image,
  }: Pick<ReturnType<typeof scaledAt>, 'rows' | 'columns' | 'inside' | 'image'>,
  fill: readonly number[],
): Tensor4D => {
  const nowhere = sub(mul(rows, 0), 1);
  return lookUp(images, { rows: where(inside, rows, nowhere), columns, image }, 'constant', fill);
};

const showImages = (images: Tensor4D, params: DrawnParams, fill: readonly number[]): Tensor4D => {
  const size = [images.shape[1], images.shape[2]] as const;
  return take(resampleBoxes(images, params), scaledAt(layoutOf(params, size), size), fill);
};

/** The class under the middle of each pixel. */
const showMap = (map: Tensor4D, params: DrawnParams, outside: readonly number[]): Tensor4D => {
  const size = [map.shape[1], map.shape[2]] as const;
  const at = scaledAt(layoutOf(params, size), size);
  const under = (line: Tensor, before: number, after: Tensor): Tensor =>
    floor(div(mul(add(mul(line, 2), 1), before), mul(after, 2)));
  const source = { rows: under(at.rows, size[0], at.height), columns: under(at.columns, size[1], at.width) };
  return take(map, { ...at, ...source }, outside);
};

/** A map int32 [B, H, W] → the same shape. */
const moveMap = (map: Tensor, params: DrawnParams, outside: readonly number[]): Tensor =>
  squeeze(showMap(expandDims(map, 3), params, outside), [3]);

/** The mosaics of images that are to be one, others as they are. */
const whereChosen = <T extends Tensor>({ apply }: DrawnParams, made: T, before: T): T =>
  where(greaterEqual(perImage(apply!, before.rank), 1), made, before);

/** What all images draw: where the parts meet, whom they come from, and how each image is scaled wherever it is shown. */
const drawMosaics = (
  streams: readonly Rng[],
  size: Size,
  { scale, centre, filter, p }: z.output<typeof MosaicOptions>,
): NdArrays => {
  const place = (rng: Rng, side: number): number => Math.round(side * between(rng, ...centre));
  const drawn = streams.map((rng) => ({
    apply: [chance(rng, p)],
    centre: [place(rng, size[0]), place(rng, size[1])],
    factor: between(rng, ...scale),
    partners: [rng.uniform(), rng.uniform(), rng.uniform()],
  }));
  const stacked = (key: 'apply' | 'centre' | 'partners', width: number): NdArray =>
    stackDrawn(
      drawn.map((one) => one[key]),
      width,
    );
  const factors = drawn.map(({ factor }) => factor);
  return {
    apply: stacked('apply', 1),
    centre: stacked('centre', 2),
    partners: stacked('partners', 3),
    ...sampleScaled(factors, size, scale, filter),
  };
};

/**
 * Puts four images of the batch around a random centre, each scaled (Bochkovskiy et al. 2020): the image itself at the top left,
 * then three others, drawn with replacement. Of boxes, as many as an image has places stay: the largest.
 */
export const mosaic = (options: MosaicOptions = {}): Augmentation => {
  const parsed = MosaicOptions.parse(options);
  const { scale, fill, keep } = parsed;
  return checked({
    name: 'mosaic',
    mixes: true,
    moves: ['map', 'boxes'],
    check(size) {
      if (scaledSide(Math.min(...size), scale[0]) >= 1) return;
      throw unfit('mosaic', ['scale', scale], size, {
        fault: 'would be left without a pixel',
        cure: 'Give larger factors.',
      });
    },
    sample: (streams, size) => drawMosaics(streams, size, parsed),
    settle: withPicture,
    apply: (images, params) =>
      tidy(() => whereChosen(params, showImages(images, params, toRgb(fill)), images)),
    applyTarget: (target, spec, params, size) =>
      tidy(() => {
        const made =
          spec.kind === 'boxes'
            ? moveMosaicBoxes(target, layoutOf(params, size), { size, keep, spec })
            : moveMap(target, params, [spec.outside ?? NO_CLASS]);
        return whereChosen(params, made, target);
      }),
  });
};

export const mosaicPlugin = plugin({
  token: AUGMENTATION,
  name: 'mosaic',
  summary: 'Puts four images of the batch around a random centre, with their boxes',
  when: 'Detection with few pictures, for most of a long run; not for classes of whole images.',
  source: "Bochkovskiy et al. 2020 (YOLOv4); layout as mmdetection's Mosaic",
  options: MosaicOptions,
  create: mosaic,
});
