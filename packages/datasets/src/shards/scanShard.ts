import { UnderstoryError } from '@understory/core';
import { badArchive } from '../errors.ts';
import type { Bytes } from '../sources/bytes.ts';
import { EMPTY, MAX_ENCODED, TOO_LARGE } from '../sources/fileSource.ts';
import { BLOCK } from '../sources/tarHeader.ts';
import { scanTar, type TarEntry } from '../sources/tarIndex.ts';
import { isImagePart, labelOf, MAX_JSON, type Asks } from './asks.ts';
import { byteColumn, int32Column } from './columns.ts';
import { counter } from './counts.ts';
import { sampleKey, type SampleKey } from './sampleKey.ts';
import type { ShardIndex } from './shardIndex.ts';

/** More labels than this in a shard are no classes. */
const MAX_WORDS = 100_000;
/** Kinds of parts that are told apart in what is left out. */
const MAX_PARTS = 20;

/** A sample of which not all parts were seen yet. */
interface Pending {
  readonly key: string;
  readonly parts: Set<string>;
  image?: TarEntry;
  word?: string;
  fault?: string;
}

/** What a sample that has come to its end lacks. */
const lackOf = ({ image, word, fault }: Pending, { label }: Asks): string | undefined => {
  if (fault !== undefined || image === undefined) return fault;
  if (image.size === 0) return EMPTY;
  if (image.size > MAX_ENCODED) return TOO_LARGE;
  return word === undefined ? `no .${label} beside it` : undefined;
};

/** Numbers labels in the order in which they come. */
const wordNumbers = (shard: string) => {
  const words = new Map<string, number>();
  const numberOf = (word: string): number => {
    const known = words.get(word) ?? words.size;
    if (known === words.size) words.set(word, known);
    if (known < MAX_WORDS) return known;
    throw badArchive(shard, `it has more than ${MAX_WORDS} different labels; name another part or field`);
  };
  return { words, numberOf };
};

/** Takes samples into columns. */
const collector = (shard: string, asks: Asks) => {
  const [blocks, lengths, labels, nameEnds] = [int32Column(), int32Column(), int32Column(), int32Column()];
  const names = byteColumn();
  const { words, numberOf } = wordNumbers(shard);
  const [left, faults] = [counter(), counter()];
  const utf8 = new TextEncoder();
  const unused = new Set<string>();
  const noteUnused = ({ parts, key }: Pending): void => {
    for (const part of parts) {
      if (part === asks.label || isImagePart({ part }, asks)) continue;
      if (unused.size < MAX_PARTS) unused.add(part);
      left.add(`.${unused.has(part) ? part : '…'} beside images, not used`, `${key}.${part}`);
    }
  };
  return {
    left,
    take(sample: Pending): void {
      const { image, word = '', key, parts } = sample;
      if (image) noteUnused(sample);
      const lack = lackOf(sample, asks);
      if (lack !== undefined) faults.add(lack, key);
      else if (!image) left.add(`no image, only .${[...parts].slice(0, 3).join(', .')}`, key);
      else {
        blocks.push(image.offset / BLOCK);
        lengths.push(image.size);
        labels.push(numberOf(word));
        names.append(utf8.encode(image.path));
        nameEnds.push(names.length);
      }
    },
    end: (): ShardIndex => ({
      ...{ blocks: blocks.end(), lengths: lengths.end(), labels: labels.end() },
      ...{ names: names.end(), nameEnds: nameEnds.end(), words: [...words.keys()] },
      ...{ leftOut: left.end(), faults: faults.end() },
    }),
  };
};

const readLabel = async (sample: Pending, data: () => Promise<Uint8Array>, asks: Asks): Promise<void> => {
  try {
    sample.word = labelOf(await data(), asks);
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    sample.fault ??= error.message;
  }
};

/** Takes a file of a sample in. */
const addPart = async (
  pending: Pending,
  part: { readonly entry: TarEntry; readonly named: SampleKey; readonly data: () => Promise<Uint8Array> },
  asks: Asks,
): Promise<void> => {
  const { entry, named, data } = part;
  if (pending.parts.has(named.part)) pending.fault ??= `two files .${named.part} of one name`;
  pending.parts.add(named.part);
  if (isImagePart(named, asks)) {
    if (pending.image && asks.image === undefined)
      pending.fault ??= 'several images; the option image says which';
    pending.image = { ...entry, path: named.path };
  } else if (named.part === asks.label)
    if (entry.size > MAX_JSON) pending.fault ??= `its .${asks.label} is too long`;
    else await readLabel(pending, data, asks);
};

/**
 * Goes through a shard once: a sample is files of one key that follow each other, as webdataset has it. Image data is not
 * read, labels are. Nothing is kept of a sample but its row. Errors: `bad-archive`.
 */
export const scanShard = async (shard: string, bytes: Bytes, asks: Asks): Promise<ShardIndex> => {
  const found = collector(shard, asks);
  let pending: Pending | undefined;
  await scanTar(shard, bytes, async (entry, data) => {
    if (entry.type === 'folder') return;
    if (entry.type !== 'file') found.left.add('no file but a link or device', entry.path);
    if (entry.type !== 'file') return;
    const named = sampleKey(shard, entry.path);
    if (typeof named === 'string') {
      found.left.add(named, entry.path);
      return;
    }
    if (pending?.key !== named.key) {
      if (pending) found.take(pending);
      pending = { key: named.key, parts: new Set() };
    }
    await addPart(pending, { entry, named, data }, asks);
  });
  if (pending) found.take(pending);
  return found.end();
};
