import { concurrently, UnderstoryError, type DatasetRequest } from '@understory/core';
import { systemReason } from '../errors.ts';
import type { EncodedImages } from '../image/imageSamples.ts';
import { BLOCK, tarHeader } from '../sources/tarHeader.ts';
import type { Asks } from './asks.ts';
import type { Shard } from './findShards.ts';
import { openHandles, type Handles } from './handles.ts';
import { openIndex, type OpenedIndex } from './openIndex.ts';

/** Shards that are gone through at once; reading, not computing, is what takes long. */
const AT_ONCE = 4;

/** All samples of some shards, by position: shard after shard, each in its own order. */
export interface ShardStore extends EncodedImages {
  readonly shards: readonly Shard[];
  readonly indexes: readonly OpenedIndex[];
  /** Position of each shard's first sample, and the number of all samples behind. */
  readonly starts: Int32Array;
  /** Files that are open; they are closed with the store. */
  readonly handles: Handles;
  /** The sample's name in its shard. */
  key(position: number): string;
  close(): Promise<void>;
}

const startsOf = (indexes: readonly OpenedIndex[]): Int32Array => {
  const starts = new Int32Array(indexes.length + 1);
  indexes.forEach(({ index }, s) => (starts[s + 1] = starts[s]! + index.blocks.length));
  return starts;
};

/** The shard that a position lies in: the last one that begins at or before it. */
const shardAt = (starts: Int32Array, position: number): number => {
  let [low, high] = [0, starts.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
};

const unreadable = (reason: string): UnderstoryError => new UnderstoryError('bad-image', reason);

/** The image in what was read of a shard, its header included: so an index of another file is noticed. */
const withoutHeader = (read: Uint8Array, length: number): Uint8Array => {
  const header = read.length === BLOCK + length ? tarHeader(read.subarray(0, BLOCK)) : undefined;
  if (header && (header.size === length || header.size === 0)) return read.subarray(BLOCK);
  throw unreadable('not where the index says; the shard was changed after it was indexed');
};

/** Gives the names of a shard's samples, decoded when they are asked for. */
const namesOf = ({ index: { names, nameEnds } }: OpenedIndex): ((i: number) => string) => {
  const bytes = Buffer.from(names.buffer, names.byteOffset, names.length);
  // Nearly all names are plain ASCII, which is decoded twice as fast as such.
  const encoding = names.some((byte) => byte > 127) ? 'utf8' : 'latin1';
  return (i) => bytes.toString(encoding, i === 0 ? 0 : nameEnds[i - 1], nameEnds[i]);
};

const readOf = async (handles: Handles, ...what: Parameters<Handles['read']>): Promise<Uint8Array> => {
  try {
    return await handles.read(...what);
  } catch (error) {
    throw unreadable(systemReason(error));
  }
};

/** Opens shards: reads or makes their indexes, and nothing else. Errors: `bad-dataset`, `bad-archive`. */
export const openShards = async (
  shards: readonly Shard[],
  asks: Asks,
  progress?: DatasetRequest['progress'],
): Promise<ShardStore> => {
  let done = 0;
  const indexes = await concurrently(shards, AT_ONCE, async (shard) => {
    const index = await openIndex(shard, asks);
    progress?.(++done, shards.length, 'indexing shards');
    return index;
  });
  const starts = startsOf(indexes);
  const handles = openHandles();
  const names = indexes.map(namesOf);
  const at = (position: number): { readonly s: number; readonly i: number } => {
    const s = shardAt(starts, position);
    return { s, i: position - starts[s]! };
  };
  return {
    ...{ shards, indexes, starts, handles },
    key: (position) => names[at(position).s]!(at(position).i),
    length: starts[shards.length]!,
    name(position) {
      const { s, i } = at(position);
      return `${shards[s]!.name}/${names[s]!(i)}`;
    },
    async read(position) {
      const { s, i } = at(position);
      const { blocks, lengths } = indexes[s]!.index;
      const length = lengths[i]!;
      const offset = (blocks[i]! - 1) * BLOCK;
      return withoutHeader(await readOf(handles, shards[s]!.file, offset, BLOCK + length), length);
    },
    close: () => handles.close(),
  };
};
