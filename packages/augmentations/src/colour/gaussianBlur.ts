import {
  clipByValue,
  matMul,
  range,
  reshape,
  round,
  tidy,
  tile,
  transpose,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { bandedMatrices, consecutive } from '../pixels/banded.ts';
import { insideBorder } from '../pixels/border.ts';
import { between, chance, drawRows } from '../draw.ts';
import { aboveZero, interval, pixels, probability } from '../options.ts';
import { checked, unfit, type Size } from '../sizes.ts';

export const GaussianBlurOptions = z.strictObject({
  kernel: pixels()
    .refine(
      (width) => width % 2 === 1,
      'expected an odd number: an even window has no middle and shifts the image',
    )
    .optional()
    .describe('width of the window in pixels, odd; without it, a tenth of the image, at least 3'),
  sigma: interval(aboveZero()).default([0.1, 2]).describe('least and largest standard deviation in pixels'),
  p: probability(0.5),
});
export type GaussianBlurOptions = z.input<typeof GaussianBlurOptions>;

/** The nearest odd number to a tenth of the shorter side, at least 3: 23 at 224 pixels. */
const kernelFor = ([height, width]: Size): number =>
  Math.max(3, 2 * Math.floor(Math.min(height, width) / 20) + 1);

/** What a window reaches over the border is mirrored, and a mirror shows no more than the image (as in PyTorch). */
const checkKernel = (size: Size, width: number): void => {
  const side = Math.min(...size);
  if ((width - 1) / 2 < side) return;
  throw unfit('gaussian-blur', ['kernel', width], size, {
    fault: `are too small to be mirrored by ${(width - 1) / 2} pixels at their border`,
    cure: side === 1 ? 'Leave gaussian-blur out.' : `Give a "kernel" of at most ${2 * side - 1}.`,
  });
};

/** Weights of a window, sum 1; all at the middle where `sigma` is 0. */
export const gaussian = (width: number, sigma: number): number[] => {
  const middle = (width - 1) / 2;
  if (sigma === 0) return Array.from({ length: width }, (_, i) => (i === middle ? 1 : 0));
  const raw = Array.from({ length: width }, (_, i) => Math.exp(-0.5 * ((i - middle) / sigma) ** 2));
  const total = raw.reduce((a, b) => a + b);
  return raw.map((w) => w / total);
};

/** Matrices [B, n, n] that smooth a line of n pixels, mirrored at its ends; `weights` [B, k]. */
const smoothing = (weights: Tensor, n: number): Tensor => {
  const [batch, count] = weights.shape as [number, number];
  const first = reshape(range(-(count - 1) / 2, n - (count - 1) / 2, 1, 'float32'), [1, n]);
  const columns = insideBorder(consecutive(first, count), n, 'reflect'); // [1, n, k]
  return bandedMatrices(columns, tile(reshape(weights, [batch, 1, count]), [1, n, 1]), n);
};

/** Blurs each image with its own window: `weights` [B, k] → images of the same shape, rounded once at the end. */
export const blur = (images: Tensor4D, weights: Tensor): Tensor4D => {
  const [batch, height, width] = images.shape;
  const down = matMul(smoothing(weights, height), reshape(images, [batch, height, width * 3]));
  const upright = transpose(reshape(down, [batch, height, width, 3]), [0, 2, 1, 3]); // [B, W, H, 3]
  const across = matMul(smoothing(weights, width), reshape(upright, [batch, width, height * 3]));
  const blurred = transpose(reshape(across, [batch, width, height, 3]), [0, 2, 1, 3]);
  return clipByValue(round(blurred), 0, 255) as Tensor4D;
};

/** With probability `p`, blurs by a Gaussian of random width, as torchvision does (SimCLR, BYOL; not a part of CDS). */
export const gaussianBlur = (options: GaussianBlurOptions = {}): Augmentation => {
  const { kernel, sigma, p } = GaussianBlurOptions.parse(options);
  return checked({
    name: 'gaussian-blur',
    inPlace: true,
    check: (size) => checkKernel(size, kernel ?? kernelFor(size)),
    sample(streams, size) {
      const width = kernel ?? kernelFor(size);
      return {
        window: drawRows(streams, width, (rng) => {
          const chosen = chance(rng, p);
          return gaussian(width, chosen * between(rng, ...sigma));
        }),
      };
    },
    apply: (images, params) => tidy(() => blur(images, params['window']!)),
  });
};

export const gaussianBlurPlugin = plugin({
  token: AUGMENTATION,
  name: 'gaussian-blur',
  summary: 'Blurs the image by a Gaussian of random width',
  when: 'Contrast of big pictures, as SimCLR, BYOL and MoCo v2 have it; CDS does without.',
  source: "Chen et al. 2020 (SimCLR); torchvision's GaussianBlur",
  options: GaussianBlurOptions,
  create: gaussianBlur,
});
