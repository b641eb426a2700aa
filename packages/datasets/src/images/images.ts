import path from 'node:path';
import { DATASET, plugin, type Dataset, type DatasetFactory, type DatasetRequest } from '@understory/core';
import { encodedFiles, imageSamples } from '../image/imageSamples.ts';
import { normalizationOf } from '../normalization.ts';
import { subset } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import { limited } from '../splits/limits.ts';
import { checkFilled, checkSome } from './checkFilled.ts';
import { chosenClasses, trainedClasses } from './classes.ts';
import { listItems, type ItemList, type Item } from './listItems.ts';
import { countLeftOut } from './leftOut.ts';
import { linkOrigins, sharedImages } from './origins.ts';
import { ImagesOptions, type ParsedImagesOptions } from './options.ts';
import { readableItems, type ReadableItems } from './readableItems.ts';
import { splitItems } from './splitItems.ts';

const labelled = (items: readonly Item[], classes: readonly string[]): Int32Array => {
  const index = new Map(classes.map((name, i) => [name, i]));
  return Int32Array.from(items, ({ className }) => index.get(className)!);
};

const datasetOf = (
  { items, size, left }: ReadableItems,
  before: ItemList,
  options: ParsedImagesOptions,
  { seed }: DatasetRequest,
): Omit<Dataset, 'close'> => {
  const classes = trainedClasses({ items, before }, left, options);
  const labels = labelled(items, classes);
  const all = imageSamples(encodedFiles(items), labels, {
    ...options,
    size,
    cacheBytes: options.cache * 2 ** 20,
  });
  const { positions, origins } = splitItems(items, labels, options, seed);
  const whole = {
    train: subset(all, positions.train),
    validation: subset(all, positions.validation),
    test: subset(all, positions.test),
  };
  const { leftOut, ...splits } = limited(whole, options.limit, { seed, classes, name: options.root });
  return {
    name: path.basename(options.root).replace(/\.(tar|tar\.gz|tgz|zip)$/, ''),
    classes,
    normalization: normalizationOf(options.normalization),
    leftOut: [...countLeftOut(left), ...leftOut],
    origins: sharedImages(items, positions, linkOrigins(items, positions, origins)),
    ...splits,
  };
};

/**
 * Images in class folders, in a folder, a tar or a zip. Opening lists them; an image is decoded when it is read, off the
 * main thread, and kept in memory as far as `cache` goes. Errors: `bad-dataset`, `bad-archive`, `bad-image`; `no-size` for large
 * pictures where nothing is said.
 */
export const images = (options: ImagesOptions): DatasetFactory => {
  const parsed = ImagesOptions.parse(options);
  return async (request) => {
    const sources: FileSource[] = [];
    const open = async (name: string): Promise<FileSource> => {
      const source = await openSource(name, parsed.links);
      sources.push(source);
      return source;
    };
    const close = async (): Promise<void> => {
      await Promise.all(sources.map((source) => source.close()));
    };
    try {
      const root = await open(parsed.root);
      const test = parsed.test === undefined ? undefined : await open(parsed.test);
      const all = await listItems(root, test, parsed);
      checkSome(all, parsed);
      const list = chosenClasses(all, parsed);
      checkFilled(list, parsed);
      const readable = await readableItems(list, parsed, request.progress);
      return { ...datasetOf(readable, list, parsed, request), close };
    } catch (error) {
      await close();
      throw error;
    }
  };
};

export const imagesPlugin = plugin({
  token: DATASET,
  name: 'images',
  summary: 'a folder, tar or zip of images, one folder a class',
  when: 'Your own pictures, and every dataset that comes as class folders.',
  source: 'the layout that torchvision calls ImageFolder',
  options: ImagesOptions,
  paths: ['root', 'test'],
  create: images,
});
