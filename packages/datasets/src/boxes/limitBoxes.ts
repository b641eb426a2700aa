import { permutation, type LeftOut, type Samples, type Seed, type SplitName } from '@understory/core';
import { subset } from '../samples/samples.ts';
import type { LimitOption, Splits } from '../splits/limits.ts';
import { FIXED_SEED } from '../splits/splits.ts';

/** Cuts each split down to its limit by chance, and counts what that leaves out. Test images are alike for all seeds. */
export const limitedBoxes = (
  splits: Splits,
  limit: LimitOption,
  seed: Seed,
): Splits & { readonly leftOut: readonly LeftOut[] } => {
  const leftOut: LeftOut[] = [];
  const cut = (name: SplitName): Samples => {
    const most = typeof limit === 'number' ? limit : limit?.[name];
    const samples = splits[name];
    if (most === undefined || most >= samples.length) return samples;
    leftOut.push({
      reason: `over the limit of ${most} for ${name}`,
      count: samples.length - most,
      examples: [],
    });
    const rng = (name === 'test' ? FIXED_SEED : seed).at('limit', name).rng();
    return subset(samples, permutation(samples.length, rng).subarray(0, most).sort());
  };
  return { train: cut('train'), validation: cut('validation'), test: cut('test'), leftOut };
};
