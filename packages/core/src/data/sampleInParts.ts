import type { NdArrays } from '../contracts/arrays.ts';
import type { Augmentation } from '../contracts/augmentation.ts';
import type { Rng } from '../random.ts';
import { turn } from '../turn.ts';
import { stackRows } from './rows.ts';

/** Values of images whose parameters are drawn in one go: drawing as many numbers takes about 5 ms, and up to three batches do. */
const VALUES_AT_ONCE = 2 ** 19;

/**
 * What an augmentation draws for a batch. Large batches are drawn some images at a time, between which the event loop is
 * free; every image has a stream of its own, so this changes no number.
 */
export const sampleInParts = async (
  augmentation: Augmentation,
  streams: readonly Rng[],
  size: readonly [number, number],
): Promise<NdArrays> => {
  const part = Math.max(1, Math.floor(VALUES_AT_ONCE / (size[0] * size[1] * 3)));
  if (streams.length <= part) return augmentation.sample(streams, size);
  const parts: NdArrays[] = [];
  for (let from = 0; from < streams.length; from += part) {
    if (from > 0) await turn();
    parts.push(augmentation.sample(streams.slice(from, from + part), size));
  }
  const keys = Object.keys(parts[0]!);
  return Object.fromEntries(keys.map((key) => [key, stackRows(parts.map((drawn) => drawn[key]!))]));
};
