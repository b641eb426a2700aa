import {
  permutation,
  plugin,
  SAMPLER,
  UnderstoryError,
  type Rng,
  type Sampler,
  type SamplerRequest,
} from '@understory/core';
import { z } from 'zod';

export const ShardShuffledOptions = z.strictObject({
  buffer: z
    .int()
    .min(1)
    .default(10_000)
    .describe('images among which the next one is drawn, as they come shard after shard'),
});
export type ShardShuffledOptions = z.input<typeof ShardShuffledOptions>;

/** Positions of each shard's images, in order. Errors: `no-shards`. */
const positionsOf = ({ shards, length }: SamplerRequest): readonly Int32Array[] => {
  if (!shards)
    throw new UnderstoryError(
      'no-shards',
      'sampler "shard-shuffled": the training images lie in no shards. Choose the sampler "shuffled", or the dataset "shards".',
    );
  const found: Int32Array[] = [];
  const all = Int32Array.from({ length }, (_, i) => i);
  for (let from = 0; from < length;) {
    let to = from + 1;
    while (to < length && shards[to] === shards[from]) to++;
    found.push(all.subarray(from, to));
    from = to;
  }
  return found;
};

/** Shards in a random order, one behind the other. */
const shardsInTurn = (shards: readonly Int32Array[], length: number, rng: Rng): Int32Array => {
  const order = new Int32Array(length);
  let from = 0;
  for (const s of permutation(shards.length, rng)) {
    order.set(shards[s]!, from);
    from += shards[s]!.length;
  }
  return order;
};

/** What a buffer of so many makes of a sequence: it is filled, and each that leaves at random makes room for the next. */
const throughBuffer = (sequence: Int32Array, size: number, rng: Rng): Int32Array => {
  const most = Math.min(size, sequence.length);
  const buffer = sequence.slice(0, most);
  const order = new Int32Array(sequence.length);
  let held = most;
  for (let i = 0; i < order.length; i++) {
    const chosen = rng.integer(0, held - 1);
    order[i] = buffer[chosen]!;
    buffer[chosen] = i + most < sequence.length ? sequence[i + most]! : buffer[--held]!;
  }
  return order;
};

/**
 * Every image once an epoch: shards in a random order, and the next image drawn from those that a buffer holds, so that
 * files are read nearly from front to back. Errors: `no-shards` where images lie in none.
 */
export const shardShuffled = (options: ShardShuffledOptions = {}): Sampler => {
  const { buffer } = ShardShuffledOptions.parse(options);
  return (request) => {
    const shards = positionsOf(request);
    return (seed) => {
      const sequence = shardsInTurn(shards, request.length, seed.at('shards').rng());
      return throughBuffer(sequence, buffer, seed.at('buffer').rng());
    };
  };
};

export const shardShuffledPlugin = plugin({
  token: SAMPLER,
  name: 'shard-shuffled',
  summary: 'Shards in a random order, their images shuffled within a buffer',
  when: 'Shards on a slow disk or a network, where reading at random costs time. Elsewhere shuffled mixes better.',
  source: 'the shuffle buffer of tf.data and webdataset',
  options: ShardShuffledOptions,
  create: shardShuffled,
});
