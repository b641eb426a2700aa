import { concat, div, reshape, split, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Workers } from '../../contracts/workers.ts';
import type { Named } from '../../named.ts';

/** Bytes that travel at once: as much as hides the latency of a sum, and little enough that most of a backward pass hides it. */
const BUCKET = 2 ** 22;

/** Names in groups of at most so many bytes, the last ones first: their gradients are the first to be there. */
const bucketsOf = (tensors: Named<Tensor>, most: number): string[][] => {
  const buckets: string[][] = [];
  let bytes = Infinity;
  for (const [name, { size }] of Object.entries(tensors).reverse()) {
    bytes += 4 * size;
    if (bytes > most) {
      buckets.push([]);
      bytes = 4 * size;
    }
    buckets.at(-1)?.push(name);
  }
  return buckets;
};

const meanOf = <T extends Tensor>(x: T, { size, sum }: Workers): T => div(sum(x), size);

/**
 * The mean of each tensor over the workers; float32 of any shapes. They travel some MB at a time, each part as soon as its
 * tensors are there, beside whatever the step computes meanwhile. The tensors themselves where there is one worker.
 */
export const meanOverWorkers = <T extends Tensor>(
  tensors: Named<T>,
  workers: Workers,
  most = BUCKET,
): Named<T> => {
  if (workers.size === 1) return tensors;
  const means = bucketsOf(tensors, most).flatMap((names): [string, Tensor][] => {
    const [first] = names;
    const parts = names.map((name) => tensors[name]!);
    if (names.length === 1 && first !== undefined) return [[first, meanOf(parts[0]!, workers)]];
    const flat = meanOf(concat(parts.map((t): Tensor1D => reshape(t, [-1]))), workers);
    const cut = split(
      flat,
      parts.map(({ size }) => size),
    );
    return names.map((name, i) => [name, reshape(cut[i]!, parts[i]!.shape)]);
  });
  const byName = new Map(means);
  return Object.fromEntries(Object.keys(tensors).map((name) => [name, byName.get(name) as T]));
};
