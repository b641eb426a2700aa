import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { cachePath, writeCached } from '../cache.ts';
import { badArchive, badDataset, shortPath, systemReason, unopened } from '../errors.ts';
import { openBytes } from '../sources/bytes.ts';
import type { Asks } from './asks.ts';
import type { Shard } from './findShards.ts';
import { scanShard } from './scanShard.ts';
import { decodeIndex, encodeIndex, type IndexedFile, type ShardIndex } from './shardIndex.ts';

/** Where the index of a shard lies beside it. */
export const indexBeside = (shard: string): string => `${shard}.index`;

export const asksText = ({ image, label, field }: Asks): string =>
  JSON.stringify([image ?? null, label, field ?? null]);

/** An index that is of use, and what tells whether the shard is still the same. */
export interface OpenedIndex {
  readonly index: ShardIndex;
  readonly bytes: number;
  /** Changes when the shard does. */
  readonly stamp: string;
}

const readIfThere = async (file: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badDataset(file, systemReason(error));
  }
};

/** The index beside a shard, where there is one for what is asked. Errors: `bad-dataset` for one that is damaged or of another file. */
const readBeside = async ({ file, name }: Shard, asked: IndexedFile): Promise<ShardIndex | undefined> => {
  const encoded = await readIfThere(indexBeside(file));
  if (!encoded) return undefined;
  const spoilt = (why: string): UnderstoryError =>
    badDataset(name, `${path.basename(indexBeside(name))} ${why}. Delete it, and the shard is indexed anew`);
  try {
    const { index, file: of } = decodeIndex(encoded);
    if (of.bytes !== asked.bytes)
      throw spoilt(`is of a shard of ${of.bytes} bytes, and this one has ${asked.bytes}`);
    return of.asks === asked.asks ? index : undefined;
  } catch (error) {
    if (!(error instanceof UnderstoryError) || error.code === 'bad-dataset') throw error;
    throw spoilt(`is damaged (${error.message.replace(/\.$/, '').slice(0, 120)})`);
  }
};

/** An index that an earlier run made; one that cannot be read is made again. */
const readCached = async (cached: string, asked: IndexedFile): Promise<ShardIndex | undefined> => {
  try {
    const { index, file } = decodeIndex(await readFile(cached));
    return file.stamp === asked.stamp && file.asks === asked.asks ? index : undefined;
  } catch {
    return undefined;
  }
};

const makeIndex = async ({ file, name }: Shard, asks: Asks): Promise<ShardIndex> => {
  const bytes = await openBytes(file, 0).catch((error: unknown) => {
    throw error instanceof UnderstoryError
      ? badArchive(
          name,
          'it is compressed, and samples of it cannot be reached one by one. Uncompress it (gunzip)',
        )
      : badDataset(name, systemReason(error));
  });
  try {
    return await scanShard(name, bytes, asks);
  } finally {
    await bytes.close();
  }
};

/**
 * The index of a shard: from beside it, from the cache, or made by going through the shard once and kept in the cache,
 * under the shard's place, with its size and time. Errors: `bad-dataset`, `bad-archive`.
 */
export const openIndex = async (shard: Shard, asks: Asks): Promise<OpenedIndex> => {
  const info = await stat(shard.file).catch((error: unknown) => {
    throw unopened(shard.file, error);
  });
  if (!info.isFile()) throw badDataset(shortPath(shard.name), 'it is no file');
  const { size: bytes, mtimeMs } = info;
  const stamp = `${bytes}:${mtimeMs}`;
  const asked: IndexedFile = { bytes, asks: asksText(asks) };
  const beside = await readBeside(shard, asked);
  if (beside) return { index: beside, bytes, stamp };
  const key = createHash('sha256')
    .update(JSON.stringify([shard.file, asked.asks]))
    .digest('hex');
  const cached = cachePath('shards', `${key}.index`);
  const known = await readCached(cached, { ...asked, stamp });
  if (known) return { index: known, bytes, stamp };
  const index = await makeIndex(shard, asks);
  await writeCached(cached, encodeIndex(index, { ...asked, stamp }));
  return { index, bytes, stamp };
};
