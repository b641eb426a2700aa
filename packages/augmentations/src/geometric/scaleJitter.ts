import {
  add,
  cast,
  ceil,
  div,
  expandDims,
  floor,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  mul,
  neg,
  range,
  reshape,
  split,
  sub,
  tensor1d,
  tidy,
  where,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation, type DrawnParams } from '@understory/core';
import { z } from 'zod';
import { between, stackDrawn } from '../draw.ts';
import { colour, interval, keepOption, LARGEST_SIDE, MEAN_COLOUR, toRgb, within } from '../options.ts';
import { FILTERS } from '../pixels/filterWeights.ts';
import { lookUp } from '../pixels/lookUp.ts';
import { pictureOf, withPicture } from '../pixels/picture.ts';
import { choose, divideExactly } from '../pixels/pixels.ts';
import { resampleBoxes, sampleScaled, scaledSide } from '../pixels/resample.ts';
import { checked, shownSize, unfit, type Size } from '../sizes.ts';
import { moving, type Movement } from './moving.ts';

export const ScaleJitterOptions = z.strictObject({
  scale: interval(within(0.01, 10, 'a factor'))
    .default([0.8, 1.25])
    .describe('least and largest factor by which the picture is scaled; [0.1, 2] is large-scale jitter'),
  filter: z.enum(FILTERS).default('bilinear').describe('how pixels are weighed, antialiased'),
  fill: colour(MEAN_COLOUR),
  keep: keepOption(0.1),
});
export type ScaleJitterOptions = z.input<typeof ScaleJitterOptions>;

/** What one axis of the images does; tensors are [B, 1]. */
interface Axis {
  /** Length of the image, in pixels. */
  readonly side: number;
  /** Its length after scaling. */
  readonly scaled: Tensor;
  /** First line of the scaled image that is shown; may be under 0. */
  readonly start: Tensor;
}

/**
 * The part of the scaled image that is shown begins at a random line of the picture where that is longer than the image;
 * else as near to 0 as shows the whole picture, so that one in the top left corner stays there.
 */
const startOf = (
  [low, high]: readonly [Tensor, Tensor],
  { side, scaled }: Omit<Axis, 'start'>,
  place: Tensor,
): Tensor => {
  const from = floor(divideExactly(mul(low, scaled), side));
  const to = ceil(divideExactly(mul(high, scaled), side));
  const room = sub(sub(to, from), side); // lines of the picture that are not shown
  const cut = add(from, minimum(floor(mul(place, add(room, 1))), room)); // the place may round to 1
  return where(greater(room, 0), cut, minimum(maximum(sub(to, side), 0), from));
};

const axesOf = (params: DrawnParams, size: Size): readonly [down: Axis, across: Axis] => {
  const [top, left, bottom, right] = split(pictureOf(params, size), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const [[h, w], [y, x]] = [split(params.sides!, 2, 1), split(params.place!, 2, 1)] as [Tensor[], Tensor[]];
  const axis = (ends: readonly [Tensor, Tensor], side: number, scaled: Tensor, place: Tensor): Axis => ({
    side,
    scaled,
    start: startOf(ends, { side, scaled }, place),
  });
  return [axis([top, bottom], size[0], h!, y!), axis([left, right], size[1], w!, x!)];
};

/** Lines of the scaled image that are shown: [B, side]. */
const linesOf = ({ side, start }: Axis): Tensor => add(start, range(0, side, 1, 'float32'));

/** Starts [B, side] and weights [B, side, K] of the lines that are shown, of those that were sampled for the scaled image. */
const weightsOf = (starts: Tensor, weights: Tensor, axis: Axis): readonly [Tensor, Tensor] => {
  const [batch, count, taps] = weights.shape as [number, number, number];
  const at = { rows: expandDims(linesOf(axis), 2), columns: reshape(tensor1d([0]), [1, 1, 1]) };
  const shown = (values: Tensor, channels: number): Tensor =>
    lookUp(reshape(values, [batch, count, 1, channels]), at, 'constant', new Array<number>(channels).fill(0));
  return [
    reshape(shown(starts, 1), [batch, axis.side]),
    reshape(shown(weights, taps), [batch, axis.side, taps]),
  ];
};

/** 1 on lines that lie in the scaled image: [B, side]. */
const insideOf = (axis: Axis): Tensor => {
  const lines = linesOf(axis);
  return cast(logicalAnd(greaterEqual(lines, 0), less(lines, axis.scaled)), 'float32');
};

/** [B, H, W, 3] → the same shape */
const show = (images: Tensor4D, params: DrawnParams, fill: readonly number[]): Tensor4D => {
  const [down, across] = axesOf(params, [images.shape[1], images.shape[2]]);
  const [rowStarts, rowWeights] = weightsOf(params.rowStarts!, params.rowWeights!, down);
  const [columnStarts, columnWeights] = weightsOf(params.columnStarts!, params.columnWeights!, across);
  const scaled = resampleBoxes(images, { rowStarts, rowWeights, columnStarts, columnWeights });
  const inside = mul(expandDims(insideOf(down), 2), expandDims(insideOf(across), 1)); // [B, H, W]
  return choose(expandDims(inside, 3), scaled, tensor1d([...fill]) as Tensor as Tensor4D);
};

/** The source line under the middle of each line that is shown: [B, side]. */
const sourcesOf = (axis: Axis): Tensor => {
  const middles = add(mul(linesOf(axis), 2), 1); // in halves of a scaled line
  return floor(div(mul(middles, axis.side), mul(axis.scaled, 2)));
};

const movement: Movement = {
  map: (map, params, outside) => {
    const [down, across] = axesOf(params, [map.shape[1], map.shape[2]]);
    const at = { rows: expandDims(sourcesOf(down), 2), columns: expandDims(sourcesOf(across), 1) };
    return lookUp(map, at, 'constant', outside);
  },
  points: (params, size) => {
    const [down, across] = axesOf(params, size);
    const factor = ({ scaled, side }: Axis): Tensor => div(scaled, side);
    return [factor(across), 0, neg(across.start), 0, factor(down), neg(down.start)];
  },
};

/**
 * Scales the picture by a random factor in an image that keeps its size: [B, H, W, 3] → the same shape. What is larger is cut at
 * a random place, around what is smaller the fill is put (Ghiasi et al. 2021).
 */
export const scaleJitter = (options: ScaleJitterOptions = {}): Augmentation => {
  const { scale, filter, fill, keep } = ScaleJitterOptions.parse(options);
  return checked(
    moving(
      { ...movement, cut: { keep } },
      {
        name: 'scale-jitter',
        check(size) {
          const [least, most] = [
            scaledSide(Math.min(...size), scale[0]),
            scaledSide(Math.max(...size), scale[1]),
          ];
          if (least >= 1 && most <= LARGEST_SIDE) return;
          throw unfit('scale-jitter', ['scale', scale], size, {
            fault:
              least < 1 ? 'would be left without a pixel' : `would become ${shownSize([most, most])} at most`,
            cure: `Give factors that make each side 1 to ${LARGEST_SIDE} pixels.`,
          });
        },
        sample(streams, size) {
          const drawn = streams.map((rng) => [between(rng, ...scale), rng.uniform(), rng.uniform()]);
          const factors = drawn.map(([factor]) => factor!);
          return {
            place: stackDrawn(
              drawn.map(([, ...place]) => place),
              2,
            ),
            ...sampleScaled(factors, size, scale, filter),
          };
        },
        settle: withPicture,
        apply: (images, params) => tidy(() => show(images, params, toRgb(fill))),
      },
    ),
  );
};

export const scaleJitterPlugin = plugin({
  token: AUGMENTATION,
  name: 'scale-jitter',
  summary: 'Scales the picture by a random factor in an image of the same size',
  when: 'Detection: things come in many sizes. The default is the standard jitter of Ghiasi et al.',
  source: "Ghiasi et al. 2021; torchvision's ScaleJitter and fixed-size crop",
  options: ScaleJitterOptions,
  create: scaleJitter,
});
