import path from 'node:path';
import { DATASET, plugin, type Dataset, type DatasetFactory, type DatasetRequest } from '@understory/core';
import { badDataset, listed } from '../errors.ts';
import { imageSamples, pathOf } from '../image/imageSamples.ts';
import { normalizationOf } from '../normalization.ts';
import { subset } from '../samples/subset.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import { heldByHash } from '../splits/heldByHash.ts';
import { holdOut } from '../splits/holdOut.ts';
import { limited } from '../splits/limits.ts';
import { gather, type Item, type SplitName } from './gather.ts';
import { ImagesOptions, type ParsedImagesOptions } from './options.ts';
import { sift, type Sifted } from './sift.ts';

/** Classes of the training images; another split may not have more. */
const classesOf = (items: readonly Item[], root: string): string[] => {
  const trained = new Set(
    items.filter(({ split }) => split === 'all' || split === 'train').map((i) => i.className),
  );
  const unknown = new Set(items.map((i) => i.className).filter((name) => !trained.has(name)));
  if (unknown.size > 0)
    throw badDataset(root, `there are no training images of class ${listed([...unknown])}`);
  return [...trained].sort();
};

interface Positions {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** The splits that the folders make, and those that are missing taken from the training images. */
const splitItems = (
  items: readonly Item[],
  labels: Int32Array,
  options: ParsedImagesOptions,
  { seed }: DatasetRequest,
): Positions => {
  const of = (...names: SplitName[]): number[] =>
    items.flatMap(({ split }, i) => (names.includes(split) ? [i] : []));
  let train = of('all', 'train');
  let test = of('test');
  if (test.length === 0) {
    const keys = train.map((i) => pathOf(items[i]!));
    const held = heldByHash(
      keys,
      Int32Array.from(train, (i) => labels[i]!),
      options.testShare,
    );
    test = train.filter((_, at) => held.has(at));
    train = train.filter((_, at) => !held.has(at));
  }
  const validation = of('validation');
  if (validation.length > 0) {
    return {
      train: Int32Array.from(train),
      validation: Int32Array.from(validation),
      test: Int32Array.from(test),
    };
  }
  const rng = seed.at('validation').rng();
  const inner = holdOut(
    Int32Array.from(train, (i) => labels[i]!),
    options.validation,
    rng,
  );
  const origins = (positions: Int32Array): Int32Array => positions.map((p) => train[p]!);
  return { train: origins(inner.kept), validation: origins(inner.held), test: Int32Array.from(test) };
};

const datasetOf = (
  sifted: Sifted,
  options: ParsedImagesOptions,
  request: DatasetRequest,
): Omit<Dataset, 'close'> => {
  const { items, size, skipped } = sifted;
  const classes = classesOf(items, options.root);
  const index = new Map(classes.map((name, i) => [name, i]));
  const labels = Int32Array.from(items, ({ className }) => index.get(className)!);
  const all = imageSamples(items, labels, { ...options, size, cacheBytes: options.cache * 2 ** 20 });
  const at = splitItems(items, labels, options, request);
  const splits = {
    train: subset(all, at.train),
    validation: subset(all, at.validation),
    test: subset(all, at.test),
  };
  return {
    name: path.basename(options.root).replace(/\.(tar|tar\.gz|tgz)$/, ''),
    classes,
    normalization: normalizationOf(options.normalization),
    leftOut: skipped.map((name) => ({ reason: 'cannot be read', count: 1, examples: [name] })),
    ...limited(splits, options.limit, request.seed),
  };
};

/**
 * Images in class folders, in a folder or a tar. Opening lists them; an image is decoded when it is read, off the main
 * thread, and kept in memory as far as `cache` goes. Errors: `bad-dataset`, `bad-archive`, `bad-image`.
 */
export const images = (options: ImagesOptions): DatasetFactory => {
  const parsed = ImagesOptions.parse(options);
  return async (request) => {
    const sources: FileSource[] = [];
    const close = async (): Promise<void> => {
      await Promise.all(sources.map((source) => source.close()));
    };
    try {
      for (const name of [parsed.root, parsed.test])
        if (name !== undefined) sources.push(await openSource(name));
      const [root, test] = sources;
      const sifted = await sift(gather(root!, test), parsed, request.progress);
      return { ...datasetOf(sifted, parsed, request), close };
    } catch (error) {
      await close();
      throw error;
    }
  };
};

export const imagesPlugin = plugin({
  token: DATASET,
  name: 'images',
  summary: 'a folder or tar of images, one folder a class',
  when: 'Your own pictures, and every dataset that comes as class folders.',
  source: 'the layout that torchvision calls ImageFolder',
  options: ImagesOptions,
  create: images,
});
