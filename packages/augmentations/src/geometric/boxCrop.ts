import {
  add,
  clone,
  concat,
  div,
  expandDims,
  less,
  logicalAnd,
  minimum,
  mul,
  neg,
  range,
  split,
  sub,
  tensor,
  tidy,
  where,
  zerosLike,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation, type DrawnParams } from '@understory/core';
import { z } from 'zod';
import { drawEach, drawRows } from '../draw.ts';
import { colour, interval, keepOption, MEAN_COLOUR, toRgb, whole, within } from '../options.ts';
import { chooseWindow } from '../pixels/chooseWindow.ts';
import { withPicture } from '../pixels/picture.ts';
import { warp, warpNearest } from '../pixels/warp.ts';
import { ratioOption } from '../pixels/boxes.ts';
import type { Size } from '../sizes.ts';
import { moving, type Movement } from './moving.ts';

const overlap = within(0, 1, 'an overlap');

export const BoxCropOptions = z.strictObject({
  overlaps: z
    .array(overlap)
    .min(1, 'expected an overlap or more')
    .default([0, 0.1, 0.3, 0.5, 0.7, 0.9, 1])
    .describe('least overlap (IoU) of the window with a box, drawn from these; 1 leaves the image as it is'),
  scale: interval(within(0.01, 1, 'a part of a side'))
    .default([0.3, 1])
    .describe("least and largest part of each of the picture's sides"),
  ratio: ratioOption(0.5, 2).describe('least and largest width divided by height'),
  tries: whole(1, 200, 'windows')
    .default(40)
    .describe('windows that are drawn; where none overlaps enough, the image stays as it is'),
  fill: colour(MEAN_COLOUR),
  keep: keepOption(0),
});
export type BoxCropOptions = z.input<typeof BoxCropOptions>;

/** A window that was chosen, and how it is shown; all [B, 1]. */
interface Shown {
  readonly top: Tensor;
  readonly left: Tensor;
  /** By how much it is enlarged: as far as it fits. */
  readonly factor: Tensor;
  /** Height and width that it then has. */
  readonly height: Tensor;
  readonly width: Tensor;
}

const shownOf = (window: Tensor, [height, width]: Size): Shown => {
  const [top, left, bottom, right] = split(window, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const [tall, wide] = [sub(bottom, top), sub(right, left)];
  const factor = minimum(div(height, tall), div(width, wide));
  return { top, left, factor, height: mul(tall, factor), width: mul(wide, factor) };
};

/** From the middles of new pixels to the source: [B, 6], as `warp` takes it. */
const matrixOf = ({ top, left, factor }: Shown): Tensor => {
  const step = div(1, factor);
  const none = zerosLike(step);
  const first = (start: Tensor): Tensor => add(start, mul(step, 0.5));
  return concat([step, none, first(left), none, step, first(top)], 1);
};

/** What was made of the window where it is shown, `outside` [C] elsewhere. */
const inWindow = (made: Tensor4D, { height, width }: Shown, outside: readonly number[]): Tensor4D => {
  const [, rows, columns, channels] = made.shape;
  const before = (end: Tensor, n: number): Tensor => less(range(0.5, n + 0.5, 1, 'float32'), end); // [B, n]
  const inside = logicalAnd(expandDims(before(height, rows), 2), expandDims(before(width, columns), 1));
  return where(expandDims(inside, 3), made, tensor([...outside], [1, 1, 1, channels], made.dtype));
};

const movement: Movement = {
  map: (map, { window }, outside) => {
    if (!window) return map;
    const shown = shownOf(window, [map.shape[1], map.shape[2]]);
    return inWindow(warpNearest(map, matrixOf(shown), outside), shown, outside);
  },
  points: ({ window }, size) => {
    if (!window) return [1, 0, 0, 0, 1, 0];
    const { top, left, factor } = shownOf(window, size);
    return [factor, 0, neg(mul(left, factor)), 0, factor, neg(mul(top, factor))];
  },
  region: ({ window }, size) => {
    if (!window) return size;
    const { height, width } = shownOf(window, size);
    return concat([zerosLike(height), zerosLike(width), height, width], 1);
  },
};

/**
 * Takes a window that overlaps a box by a random least IoU, and enlarges it until it fits the image, whose size stays (Liu et
 * al. 2016). Things count where their middle is in the window. Images without boxes stay as they are.
 */
export const boxCrop = (options: BoxCropOptions = {}): Augmentation => {
  const { overlaps, scale, ratio, tries, fill, keep } = BoxCropOptions.parse(options);
  const show = (images: Tensor4D, window: Tensor): Tensor4D => {
    const shown = shownOf(window, [images.shape[1], images.shape[2]]);
    const made = warp(images, matrixOf(shown), { interpolation: 'bilinear', fill });
    return inWindow(made, shown, toRgb(fill));
  };
  return moving(
    { ...movement, cut: { keep, middle: true } },
    {
      name: 'box-crop',
      sample: (streams) => ({
        overlap: drawEach(streams, (rng) => overlaps[rng.integer(0, overlaps.length - 1)]!),
        windows: drawRows(streams, 4 * tries, (rng) =>
          Array.from({ length: 4 * tries }, () => rng.uniform()),
        ),
      }),
      settle: (params, known, size) => {
        const window = chooseWindow(withPicture(params, known, size), { known, size }, { scale, ratio });
        return window ? { ...params, window } : params;
      },
      apply: (images, { window }: DrawnParams) => tidy(() => (window ? show(images, window) : clone(images))),
    },
  );
};

export const boxCropPlugin = plugin({
  token: AUGMENTATION,
  name: 'box-crop',
  summary: 'Takes a window that overlaps a box by a random amount and enlarges it',
  when: 'Detection with few pictures: things become larger and are cut. Strong, as in SSD.',
  source: "Liu et al. 2016 (SSD); torchvision's RandomIoUCrop",
  options: BoxCropOptions,
  create: boxCrop,
});
