import { tidy } from '@tensorflow/tfjs-core';
import type { Augmentation, Rng } from '@understory/core';
import { z } from 'zod';
import { chance, drawRows } from '../draw.ts';
import { colour, keepOption, probability } from '../options.ts';
import { moving, type Movement } from './moving.ts';
import {
  encodeMatrix,
  forwardOf,
  IDENTITY,
  INTERPOLATIONS,
  warp,
  warpNearest,
  type Matrix,
  type WarpOptions,
} from '../pixels/warp.ts';

/** Options that all geometric augmentations share. */
export const geometricOptions = {
  interpolation: z
    .enum(INTERPOLATIONS)
    .default('nearest')
    .describe('source pixels that make a new one: the nearest, or four'),
  fill: colour(0),
  p: probability(1),
  keep: keepOption(),
};

/** How targets go with images that are warped by `matrix` [B, 6]. */
export const warping: Movement = {
  map: (map, { matrix }, outside) => warpNearest(map, matrix!, outside),
  points: ({ matrix }) => forwardOf(matrix!),
};

/** An augmentation that draws a matrix for each image. */
export const geometric = (
  name: string,
  { interpolation, fill, p, keep }: WarpOptions & { readonly p: number; readonly keep: number },
  draw: (rng: Rng, size: readonly [number, number]) => Matrix,
): Augmentation =>
  moving(
    { ...warping, cut: { keep } },
    {
      name,
      sample: (streams, size) => ({
        matrix: drawRows(streams, 6, (rng) => {
          const chosen = chance(rng, p) === 1;
          const matrix = draw(rng, size);
          return encodeMatrix(chosen ? matrix : IDENTITY, interpolation);
        }),
      }),
      apply: (images, { matrix }) => tidy(() => warp(images, matrix!, { interpolation, fill })),
    },
  );
