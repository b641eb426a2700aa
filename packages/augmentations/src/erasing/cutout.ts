import {
  cast,
  expandDims,
  greaterEqual,
  less,
  logicalAnd,
  max,
  mul,
  range,
  sub,
  tensor1d,
  tidy,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { drawRows } from '../draw.ts';
import { colour, pixels, toRgb, whole, type Colour } from '../options.ts';
import { choose, everyChannel } from '../pixels/pixels.ts';
import { checked, unfit } from '../sizes.ts';

export const CutoutOptions = z.strictObject({
  size: pixels(2)
    .default(16)
    .describe('side of a hole in pixels; an odd one is cut down to the next even one'),
  holes: whole(1, 32, 'holes').default(1).describe('holes an image'),
  fill: colour(0),
});
export type CutoutOptions = z.input<typeof CutoutOptions>;

/** 1 where a line 0…n−1 lies in [centre − half, centre + half): `centre` and `half` [B, k] (or one for all) → [B, k, n]. */
const covered = (centre: Tensor, half: Tensor | number, n: number): Tensor => {
  const offset = sub(range(0, n, 1, 'float32'), expandDims(centre, 2));
  const reach = typeof half === 'number' ? half : expandDims(half, 2);
  return cast(logicalAnd(greaterEqual(offset, mul(reach, -1)), less(offset, reach)), 'float32');
};

/** Paints squares: `y`, `x` and `half` [B, holes] → images of the same shape. What reaches over the border is cut off. */
export const paintSquares = (
  images: Tensor4D,
  { y, x, half }: { readonly y: Tensor; readonly x: Tensor; readonly half: Tensor | number },
  fill: Colour,
): Tensor4D => {
  const [, height, width] = images.shape;
  const rows = expandDims(covered(y, half, height), 3); // [B, k, H, 1]
  const columns = expandDims(covered(x, half, width), 2); // [B, k, 1, W]
  const hole = everyChannel(max<Tensor3D>(mul(rows, columns), 1)); // [B, H, W, 1]
  return fill === 0 ? mul(images, sub(1, hole)) : choose(hole, tensor1d([...toRgb(fill)]), images);
};

/** Cuts squares out (DeVries & Taylor 2017); centres lie anywhere in the image, so holes at the border are smaller. */
export const cutout = (options: CutoutOptions = {}): Augmentation => {
  const { size, holes, fill } = CutoutOptions.parse(options);
  const half = Math.floor(size / 2);
  return checked({
    name: 'cutout',
    inPlace: true,
    check(image) {
      const side = Math.min(...image);
      if (2 * half <= side) return;
      throw unfit('cutout', ['size', size], image, {
        fault: 'are smaller than that hole',
        cure: side < 2 ? 'Leave cutout out.' : `Give a "size" of at most ${side}.`,
      });
    },
    sample(streams, [height, width]) {
      const centres = (n: number) =>
        drawRows(streams, holes, (rng) => Array.from({ length: holes }, () => rng.integer(0, n - 1)));
      return { y: centres(height), x: centres(width) };
    },
    apply: (images, { y, x }) => tidy(() => paintSquares(images, { y: y!, x: x!, half }, fill)),
  });
};

export const cutoutPlugin = plugin({
  token: AUGMENTATION,
  name: 'cutout',
  summary: 'Cuts square holes into the image',
  when: 'Small pictures: the first view of the official CIFAR code.',
  source: 'DeVries and Taylor 2017',
  options: CutoutOptions,
  create: cutout,
});
