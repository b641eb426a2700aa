import { expandDims, gatherND, type Tensor } from '@tensorflow/tfjs-core';
import { int32, permutation, type NdArray, type Rng } from '@understory/core';
import { z } from 'zod';

export const PAIRINGS = ['random', 'reversed'] as const;

export const pairing = z
  .enum(PAIRINGS)
  .default('random')
  .describe('whom an image is mixed with: a random order of the batch, or the batch read backwards');

/** Positions of the images that are mixed in: [B] int32. */
export const drawPartners = (rng: Rng, batch: number, pairs: (typeof PAIRINGS)[number]): NdArray =>
  int32(
    pairs === 'random'
      ? permutation(batch, rng)
      : Int32Array.from({ length: batch }, (_, i) => batch - 1 - i),
    [batch],
  );

/** Rows of a batch in the partners' order. */
export const ofPartners = <T extends Tensor>(rows: T, partners: Tensor): T =>
  gatherND(rows, expandDims(partners, 1)) as T;
