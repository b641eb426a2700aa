import type { SplitName } from '@understory/core';
import { heldPositions, holdOut } from '../splits/splits.ts';
import { takenOrigin } from '../splits/limits.ts';
import type { DatasetRequest } from '@understory/core';
import type { ParsedShardsOptions } from './options.ts';
import type { ShardStore } from './shardStore.ts';
import type { Shard } from './findShards.ts';

export interface ShardSplits {
  readonly positions: Readonly<Record<SplitName, Int32Array>>;
  /** Where splits come from that no shards make. */
  readonly origins: Readonly<Partial<Record<SplitName, string>>>;
}

/** Share that is tested on where no shards are. */
const TEST_SHARE = 0.2;

/** Positions of the samples of some shards that can be used, in order. */
const positionsOf = (
  { shards, starts }: ShardStore,
  splits: readonly Shard['split'][],
  isUsed: (position: number) => boolean,
): Int32Array => {
  const found = new Int32Array(starts[shards.length]!);
  let count = 0;
  shards.forEach(({ split }, s) => {
    if (!splits.includes(split)) return;
    for (let position = starts[s]!; position < starts[s + 1]!; position++)
      if (isUsed(position)) found[count++] = position;
  });
  return found.slice(0, count);
};

const at = (values: Int32Array, positions: Int32Array): Int32Array => positions.map((p) => values[p]!);

/**
 * The splits that shards make, and those that are missing taken from the training samples, as `images` takes them: the
 * test split by hashes of names, validation by the seed.
 */
export const shardSplits = (
  store: ShardStore,
  labels: Int32Array,
  {
    isUsed,
    options,
    seed,
  }: {
    readonly isUsed: (position: number) => boolean;
    readonly options: Pick<ParsedShardsOptions, 'testShare' | 'validation'>;
    readonly seed: DatasetRequest['seed'];
  },
): ShardSplits => {
  const origins: Partial<Record<SplitName, string>> = {};
  let train = positionsOf(store, ['all', 'train'], isUsed);
  let validation = positionsOf(store, ['validation'], isUsed);
  let test = positionsOf(store, ['test'], isUsed);
  if (test.length === 0) {
    const share = options.testShare ?? (validation.length > 0 ? 0 : TEST_SHARE);
    const own = train;
    const held = heldPositions((i) => store.key(own[i]!), at(labels, own), share);
    const isHeld = new Uint8Array(own.length);
    for (const i of held) isHeld[i] = 1;
    test = at(own, held);
    train = own.filter((_, i) => isHeld[i] === 0);
    origins.test = takenOrigin(share, test.length, 'testShare');
  }
  if (validation.length === 0) {
    const own = train;
    const { kept, held } = holdOut(at(labels, own), options.validation, seed.at('validation').rng());
    [train, validation] = [at(own, kept), at(own, held)];
    origins.validation = takenOrigin(options.validation, validation.length, 'validation');
  }
  return { positions: { train, validation, test }, origins };
};
