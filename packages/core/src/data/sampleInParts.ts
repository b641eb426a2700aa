import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import type { Augmentation } from '../contracts/augmentation.ts';
import type { Rng } from '../random.ts';
import { turn } from '../training/turn.ts';

/** Values of images whose parameters are drawn in one go: drawing as many numbers takes about 5 ms, and up to three batches do. */
const VALUES_AT_ONCE = 2 ** 19;

const stackRows = (parts: readonly NdArray[]): NdArray => {
  const [{ dtype, shape, data: first }] = parts as [NdArray, ...NdArray[]];
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const length = parts.reduce((sum, part) => sum + part.data.length, 0);
  const data =
    first instanceof Float32Array
      ? new Float32Array(length)
      : first instanceof Int32Array
        ? new Int32Array(length)
        : new Uint8Array(length);
  let from = 0;
  for (const part of parts) {
    data.set(part.data, from);
    from += part.data.length;
  }
  return { dtype, shape: [rows, ...shape.slice(1)], data };
};

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
