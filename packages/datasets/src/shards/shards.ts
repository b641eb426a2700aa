import path from 'node:path';
import {
  DATASET,
  plugin,
  type Dataset,
  type DatasetFactory,
  type DatasetRequest,
  type Samples,
} from '@understory/core';
import { badDataset, quotedNames } from '../errors.ts';
import { imageSamples } from '../image/imageSamples.ts';
import { normalizationOf } from '../normalization.ts';
import { subset } from '../samples/samples.ts';
import { limited } from '../splits/limits.ts';
import type { Asks } from './asks.ts';
import { labelledClasses } from './classes.ts';
import { openDecoded } from './decodedImages.ts';
import { joinCounts } from './counts.ts';
import { findShards, type FoundShards } from './findShards.ts';
import { checkAgainst, readManifest, type Manifest } from './manifest.ts';
import { ShardsOptions, type ParsedShardsOptions } from './options.ts';
import { shardSplits } from './shardSplits.ts';
import { openShards, type ShardStore } from './shardStore.ts';
import { usableSamples } from './usableSamples.ts';

const asksOf = ({ image, label, field }: ParsedShardsOptions): Asks => ({
  image: image?.toLowerCase(),
  label: (label ?? (field === undefined ? 'cls' : 'json')).toLowerCase(),
  field,
});

/** Class of each sample [N]. */
const labelsOf = ({ indexes, starts, length }: ShardStore, numbers: readonly Int32Array[]): Int32Array => {
  const labels = new Int32Array(length);
  indexes.forEach(({ index }, s) => {
    const own = numbers[s]!;
    index.labels.forEach((word, i) => (labels[starts[s]! + i] = own[word]!));
  });
  return labels;
};

/** Shard of each sample [N]. */
const shardNumbers = ({ shards, starts, length }: ShardStore): Int32Array => {
  const numbers = new Int32Array(length);
  shards.forEach((_, s) => numbers.fill(s, starts[s], starts[s + 1]));
  return numbers;
};

/** Errors: `bad-dataset` for a class without training samples, unless somebody named the classes. */
const checkTrained = (root: string, train: Samples, classes: readonly string[], named: boolean): void => {
  const seen = new Uint8Array(classes.length);
  for (const c of train.groups ?? []) seen[c] = 1;
  const missing = classes.filter((_, c) => seen[c] === 0);
  if (train.length === 0) throw badDataset(root, 'no sample is left to train on');
  if (missing.length > 0 && !named)
    throw badDataset(
      root,
      `there are no training samples of class ${quotedNames(missing)}. Labels count from 0; the option classes names all classes, also those without samples`,
    );
};

interface Opened {
  readonly found: FoundShards;
  readonly store: ShardStore;
  readonly manifest: Manifest | undefined;
}

const datasetOf = async (
  { found, store, manifest }: Opened,
  options: ParsedShardsOptions,
  { seed, progress }: DatasetRequest,
): Promise<Omit<Dataset, 'close'>> => {
  const { root } = options;
  const asks = asksOf(options);
  const usable = await usableSamples(store, { options, asks }, progress);
  const given = options.classes ?? manifest?.classes;
  const { classes, numbers } = labelledClasses(root, store.indexes, given);
  const labels = labelsOf(store, numbers);
  const { positions, origins } = shardSplits(store, labels, { isUsed: usable.isUsed, options, seed });
  const { size } = usable;
  const decoded = await openDecoded(store, { ...usable, options, asks }, progress);
  const decoding = { ...options, size, cacheBytes: options.cache * 2 ** 20 };
  const images = imageSamples(store, labels, decoding, decoded);
  const all = { ...images, shards: shardNumbers(store) };
  const whole = {
    train: subset(all, positions.train),
    validation: subset(all, positions.validation),
    test: subset(all, positions.test),
  };
  checkTrained(root, whole.train, classes, given !== undefined);
  const { leftOut, ...splits } = limited(whole, options.limit, { seed, classes, name: root });
  const left = joinCounts([found.leftOut, ...store.indexes.map(({ index }) => index.leftOut)]);
  return {
    name: manifest?.name ?? path.basename(found.folder),
    classes,
    normalization: normalizationOf(options.normalization),
    leftOut: [...left, ...usable.leftOut, ...leftOut],
    origins,
    ...splits,
  };
};

/**
 * Samples in tar shards as webdataset writes them: files of one name, an image and its class. Opening reads an index of
 * each shard, or makes it; an image is read and decoded when its turn comes. Errors: `bad-dataset`, `bad-archive`,
 * `bad-image`.
 */
export const shards = (options: ShardsOptions): DatasetFactory => {
  const parsed = ShardsOptions.parse(options);
  return async (request) => {
    const found = await findShards(parsed);
    const manifest = await readManifest(found.folder);
    const store = await openShards(found.shards, asksOf(parsed), request.progress);
    try {
      if (manifest) {
        const sizes = new Map(found.shards.map(({ name }, s) => [name, store.indexes[s]!.bytes]));
        const all = parsed.root === found.folder && typeof parsed.splits === 'string';
        checkAgainst(manifest, found.folder, { found: sizes, all });
      }
      return {
        ...(await datasetOf({ found, store, manifest }, parsed, request)),
        close: () => store.close(),
      };
    } catch (error) {
      await store.close();
      throw error;
    }
  };
};

export const shardsPlugin = plugin({
  token: DATASET,
  name: 'shards',
  summary: 'tar shards as webdataset writes them, of any number of samples',
  when: 'Data of hundreds of thousands of images and more, or on a disk or network that is slow at small files.',
  source: 'the format of webdataset (Aizman, Maltby and Breuel 2019)',
  options: ShardsOptions,
  paths: ['root'],
  create: shards,
});
