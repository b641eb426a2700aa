import { createHash } from 'node:crypto';
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from '@understory/core/file-error';
import { openBytes } from '../sources/bytes.ts';
import { BLOCK } from '../sources/tarHeader.ts';
import type { ManifestSplit } from './manifest.ts';
import { asksText, indexBeside } from './openIndex.ts';
import { scanShard } from './scanShard.ts';
import { encodeIndex } from './shardIndex.ts';
import type { PackedFile } from './smallerFile.ts';
import { tarEnd, tarFileHeader, tarPadding } from './tarWriter.ts';

/** A sample as it is written. */
export interface PackedSample extends PackedFile {
  readonly key: string;
  readonly label: number;
}

/** Writes samples into shards of a split, one after another. */
export interface ShardWriter {
  add(sample: PackedSample): Promise<void>;
  /** Ends the last shard. */
  end(): Promise<ManifestSplit>;
  /** Closes what is open, without an end. */
  abandon(): Promise<void>;
}

const ASKS = { label: 'cls' };

interface OpenShard {
  readonly file: string;
  readonly handle: FileHandle;
  readonly hash: ReturnType<typeof createHash>;
  samples: number;
  bytes: number;
}

const fileParts = (name: string, bytes: Uint8Array): Uint8Array[] => [
  tarFileHeader(name, bytes.length),
  bytes,
  tarPadding(bytes.length),
];

const partsOf = ({ key, part, bytes, label }: PackedSample): Uint8Array => {
  const cls = new TextEncoder().encode(String(label));
  return Buffer.concat([...fileParts(`${key}.${part}`, bytes), ...fileParts(`${key}.cls`, cls)]);
};

const append = async (shard: OpenShard, bytes: Uint8Array): Promise<void> => {
  shard.hash.update(bytes);
  shard.bytes += bytes.length;
  await shard.handle.writeFile(bytes);
};

/** Goes through a shard that is written and puts its index beside it, as a reader would make it. */
const writeIndex = async (place: string): Promise<void> => {
  const bytes = await openBytes(place);
  try {
    const index = await scanShard(place, bytes, ASKS);
    const parts = encodeIndex(index, { bytes: bytes.length, asks: asksText(ASKS) });
    await writeFile(indexBeside(place), Buffer.concat(parts));
  } finally {
    await bytes.close();
  }
};

const beginShard = async (folder: string, file: string): Promise<OpenShard> => {
  const at = path.join(folder, file);
  const handle = await open(at, 'wx').catch((error: unknown) => {
    throw fileError('write', at, error);
  });
  return { file, handle, hash: createHash('sha256'), samples: 0, bytes: 0 };
};

/** Writes into a folder; a shard takes so many bytes, and one sample at least. Errors: `write-failed`. */
export const shardWriter = (folder: string, split: string, shardBytes: number): ShardWriter => {
  const done: ManifestSplit['shards'] = [];
  let shard: OpenShard | undefined;
  const failed = (file: string, error: unknown): Error => fileError('write', path.join(folder, file), error);
  const finish = async (one: OpenShard): Promise<void> => {
    const { file, handle, hash, samples } = one;
    try {
      await append(one, tarEnd());
      await handle.sync();
      await handle.close();
      shard = undefined;
      await writeIndex(path.join(folder, file));
    } catch (error) {
      throw failed(file, error);
    }
    done.push({ file, samples, bytes: one.bytes, sha256: hash.digest('hex') });
  };
  return {
    async add(sample) {
      const bytes = partsOf(sample);
      if (shard && shard.bytes + bytes.length + 2 * BLOCK > shardBytes) await finish(shard);
      shard ??= await beginShard(folder, `${split}-${String(done.length).padStart(6, '0')}.tar`);
      const { file } = shard;
      await append(shard, bytes).catch((error: unknown) => {
        throw failed(file, error);
      });
      shard.samples++;
    },
    async end() {
      if (shard) await finish(shard);
      return { samples: done.reduce((sum, { samples }) => sum + samples, 0), shards: done };
    },
    abandon: async () => shard?.handle.close().catch(() => undefined),
  };
};
