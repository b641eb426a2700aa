import { createHash } from 'node:crypto';
import type { DatasetRequest, LeftOut } from '@understory/core';
import { badDataset, badImages } from '../errors.ts';
import { findFaults } from '../image/checkImages.ts';
import { decodeImage, imageSize } from '../image/decodeImage.ts';
import { reasonOf } from '../image/imageSamples.ts';
import { loadSharp } from '../image/loadSharp.ts';
import type { Asks } from './asks.ts';
import { counter, joinCounts } from './counts.ts';
import type { ParsedShardsOptions } from './options.ts';
import type { ShardStore } from './shardStore.ts';

/** Which samples can be used, as far as was looked. */
export interface Usable {
  readonly size: readonly [number, number];
  readonly isUsed: (position: number) => boolean;
  readonly leftOut: readonly LeftOut[];
}

/** Changes whenever a shard does, or what its images are decoded by. */
export const storeStamp = async ({ shards, indexes }: ShardStore, more: unknown): Promise<string> => {
  const { versions } = await loadSharp();
  const hash = createHash('sha256').update(JSON.stringify([4, versions, more]));
  shards.forEach(({ file }, s) =>
    hash.update(JSON.stringify([file, indexes[s]!.stamp, indexes[s]!.index.blocks.length])),
  );
  return hash.digest('hex');
};

/** Largest side that is taken from the first image where no size is given, and images that are tried. */
const MAX_GUESS = 256;
const TRIED = 100;

const guessSize = async (
  store: ShardStore,
  options: ParsedShardsOptions,
): Promise<readonly [number, number]> => {
  const faults = [];
  const skips = options.onBadImage === 'skip';
  const tried = Math.min(store.length, skips ? TRIED : 1);
  for (let position = 0; position < tried; position++) {
    try {
      const bytes = await store.read(position);
      const size = await imageSize(bytes, options);
      if (Math.max(...size) > MAX_GUESS)
        throw badDataset(
          options.root,
          `its first image is ${size.join(' x ')} pixels; say to what size all are resized, with the dataset's option size: [224, 224], say`,
        );
      await decodeImage(bytes, options);
      return size;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'bad-dataset') throw error;
      faults.push({ path: store.name(position), reason: reasonOf(error) });
    }
  }
  throw badImages(faults, skips);
};

/** Errors: `bad-dataset` where there is no sample at all, with what there is instead and what may be meant. */
const checkSome = (store: ShardStore, { root }: ParsedShardsOptions, { label }: Asks): void => {
  if (store.length > 0) return;
  const all = store.indexes.map(({ index }) => index);
  const [first] = joinCounts([...all.map(({ faults }) => faults), ...all.map(({ leftOut }) => leftOut)]);
  const found = first ? `, but ${first.count} with ${first.reason} (${first.examples[0] ?? ''})` : '';
  throw badDataset(
    root,
    `no shard has an image with a .${label} of one name${found}. The options image, label and field say what samples hold`,
  );
};

/** What the indexes know to be unusable. Errors: `bad-image` unless such samples are skipped. */
const indexFaults = (store: ShardStore, options: ParsedShardsOptions): LeftOut[] => {
  const faults = joinCounts(
    store.indexes.map(({ index }, s) =>
      index.faults.map((fault) => ({
        ...fault,
        examples: fault.examples.map((key) => `${store.shards[s]!.name}/${key}`),
      })),
    ),
  );
  if (faults.length > 0 && options.onBadImage === 'error')
    throw badImages(
      faults.flatMap(({ reason, count, examples }) =>
        Array.from({ length: count }, (_, i) => ({ path: examples[i] ?? '…', reason })),
      ),
    );
  return faults;
};

/** Finds what cannot be used: what the indexes say at once, and by decoding where that is asked for. Errors: `bad-image`, `bad-dataset`. */
export const usableSamples = async (
  store: ShardStore,
  { options, asks }: { readonly options: ParsedShardsOptions; readonly asks: Asks },
  progress?: DatasetRequest['progress'],
): Promise<Usable> => {
  const known = indexFaults(store, options);
  checkSome(store, options, asks);
  const size = options.size ?? (await guessSize(store, options));
  const skips = options.onBadImage === 'skip';
  if (!skips && !options.check) return { size, isUsed: () => true, leftOut: known };
  const key = await storeStamp(store, [options.maxPixels, asks]);
  const bad = await findFaults(store, () => ({ ...options, size }), { key, progress });
  const found = [...bad].map(([position, reason]) => ({ path: store.name(position), reason }));
  if (found.length > 0 && !skips) throw badImages(found);
  const counts = counter();
  for (const { path, reason } of found) counts.add('cannot be read', `${path}: ${reason}`);
  return { size, isUsed: (position) => !bad.has(position), leftOut: [...known, ...counts.end()] };
};
