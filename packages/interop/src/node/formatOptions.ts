import { z } from 'zod';
import { WEIGHT_TYPES, type WeightType } from '../graph/eightBits.ts';

/** How the weights lie in the file; they are float32 again where they are used. */
export const weightsOption = z
  .enum(WEIGHT_TYPES)
  .default('float32')
  .describe('how weights lie in the file; float16 halves it, int8 (a scale for each channel) quarters it');

/** How far outputs may lie from the network's own, as a share of the largest, by how its weights are rounded. */
export const WITHIN: Readonly<Record<WeightType, number | null>> = {
  float32: 1e-4,
  float16: 2e-2,
  int8: null,
};

/** For a line about a file. */
export const weightsText = (weights: WeightType): string =>
  weights === 'float32' ? '' : `, weights in ${weights}`;
