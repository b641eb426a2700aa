import {
  cast,
  expandDims,
  greaterEqual,
  less,
  logicalAnd,
  mul,
  range,
  reshape,
  slice,
  tidy,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { float32, MIXING, plugin, UnderstoryError, type Mixing, type Rng } from '@understory/core';
import { z } from 'zod';
import { chance } from '../draw.ts';
import { probability } from '../options.ts';
import { choose } from '../pixels/pixels.ts';
import { checkedMixing, shownSize, type Size } from '../sizes.ts';
import { alpha, drawBeta } from './beta.ts';
import { drawPartners, ofPartners, pairing } from './partners.ts';

export const CutmixOptions = z.strictObject({
  alpha: alpha().describe('the part that stays is drawn from Beta(alpha, alpha)'),
  p: probability(1).describe(
    'part of the batches that are mixed, 0 to 1: 0.5 for CIFAR, 1 for ImageNet in the paper',
  ),
  pairs: pairing,
});
export type CutmixOptions = z.input<typeof CutmixOptions>;

/** A box is cut to an even number of pixels that is less than a side: below this side, to none. */
const SMALLEST = 3;

/** Rows [top, bottom) and columns [left, right) that come from the partner. */
export type CutBox = readonly [top: number, bottom: number, left: number, right: number];

/** The box that takes a part 1 − `share` of the image, around a pixel; less at the border. */
export const cutBox = (share: number, [y, x]: readonly [number, number], [height, width]: Size): CutBox => {
  const half = (n: number): number => Math.floor(Math.floor(n * Math.sqrt(1 - share)) / 2);
  const [h, w] = [half(height), half(width)];
  return [Math.max(0, y - h), Math.min(height, y + h), Math.max(0, x - w), Math.min(width, x + w)];
};

/** The part of the image that a box leaves. */
export const shareLeft = ([top, bottom, left, right]: CutBox, [height, width]: Size): number =>
  1 - ((bottom - top) * (right - left)) / (height * width);

const drawCut = (rng: Rng, options: z.output<typeof CutmixOptions>, size: Size): CutBox => {
  const mixed = chance(rng, options.p) === 1;
  const share = drawBeta(rng, options.alpha);
  const centre = [rng.integer(0, size[0] - 1), rng.integer(0, size[1] - 1)] as const;
  return mixed ? cutBox(share, centre, size) : [0, 0, 0, 0];
};

/** 1 on lines [from, to) of n. */
const lines = (from: Tensor, to: Tensor, n: number): Tensor => {
  const at = range(0, n, 1, 'float32');
  return cast(logicalAnd(greaterEqual(at, from), less(at, to)), 'float32');
};

/** Pastes one box of the partner into each image (Yun et al. 2019); the same box for the whole batch. */
export const cutmix = (options: CutmixOptions = {}): Mixing => {
  const parsed = CutmixOptions.parse(options);
  return checkedMixing({
    name: 'cutmix',
    check(size) {
      if (Math.min(...size) >= SMALLEST) return;
      throw new UnderstoryError(
        'picture-size',
        `cutmix cuts no box out of pictures of ${shownSize(size)} pixels: each side must have ${SMALLEST} or more. ` +
          'Take mixup, or larger pictures.',
      );
    },
    sample(rng, batch, size) {
      const box = drawCut(rng, parsed, size);
      return {
        share: float32([shareLeft(box, size)], []),
        box: float32(box, [4]),
        partners: drawPartners(rng, batch, parsed.pairs),
      };
    },
    apply: (images, { box, partners }) =>
      tidy(() => {
        const [, height, width] = images.shape;
        const edge = (i: number): Tensor => reshape(slice(box!, [i], [1]), []);
        const rows = expandDims(lines(edge(0), edge(1), height), 1); // [H, 1]
        const pasted = mul(rows, expandDims(lines(edge(2), edge(3), width), 0)); // [H, W]
        return choose(expandDims(pasted, 2), ofPartners(images, partners!), images);
      }),
  });
};

export const cutmixPlugin = plugin({
  token: MIXING,
  name: 'cutmix',
  summary: 'Pastes a box of another image into each',
  when: 'As mixup, where parts of an image tell its class.',
  source: 'Yun et al., ICCV 2019',
  options: CutmixOptions,
  create: cutmix,
});
