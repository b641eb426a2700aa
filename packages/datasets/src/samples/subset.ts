import type { Samples } from '@understory/core';
import { checkPosition } from './rawSamples.ts';

/** The samples at these positions, in this order; nothing is copied. Errors: `bad-position`. */
export const subset = (samples: Samples, positions: ArrayLike<number>): Samples => {
  const from = Int32Array.from(positions);
  for (const position of from) checkPosition(position, samples.length);
  const origin = (position: number): number => {
    checkPosition(position, from.length);
    return from[position]!;
  };
  return {
    length: from.length,
    size: samples.size,
    labels: from.map((position) => samples.labels[position]!),
    read: async (wanted) => samples.read(Int32Array.from(wanted, origin)),
    describe: (position) => samples.describe(origin(position)),
  };
};
