import { add, clipByValue, div, mul, sub, tidy, type Scalar } from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** Points of a line: [epoch, factor], epochs rising. */
export const weightPoints = z
  .array(z.tuple([z.number().min(0), z.number()]))
  .min(1)
  .refine((points) => points.every(([e], i) => i === 0 || e > points[i - 1]![0]), 'epochs must rise')
  .describe('factors of the weight over time, as [epoch, factor]; straight lines between them');
export type WeightPoints = readonly (readonly [epoch: number, factor: number])[];

/** Weight at an epoch [] : the line through the points, level before the first and after the last. */
export const weightAt = (
  weight: number,
  points: WeightPoints | undefined,
  epoch: Scalar,
): number | Scalar => {
  if (!points) return weight;
  return tidy(() => {
    let factor: Scalar = mul(epoch, 0);
    factor = add(factor, points[0]![1]);
    for (const [i, [start, from]] of points.slice(0, -1).entries()) {
      const [end, to] = points[i + 1]!;
      const share: Scalar = clipByValue(div(sub(epoch, start), end - start), 0, 1);
      factor = add(factor, mul(share, to - from));
    }
    return mul(factor, weight);
  });
};
