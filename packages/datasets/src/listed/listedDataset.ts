import {
  classSamples,
  type Dataset,
  type DatasetFactory,
  type DatasetRequest,
  type Samples,
  type SplitName,
} from '@understory/core';
import { soundImages } from '../boxes/soundImages.ts';
import { badDataset, shortNames } from '../errors.ts';
import type { DecodeOptions } from '../image/decodeImage.ts';
import { encodedFiles, imageReader, pictureReader } from '../image/imageSamples.ts';
import { countLeftOut, type LeftItem } from '../images/leftOut.ts';
import { linkOrigins, sharedImages } from '../images/origins.ts';
import { splitItems } from '../images/splitItems.ts';
import { normalizationOf } from '../normalization.ts';
import { subset } from '../samples/samples.ts';
import { limited } from '../splits/limits.ts';
import { foundPictures } from './foundPictures.ts';
import type { Listed, ListedItem, ListReader } from './listed.ts';
import type { OpenedLists } from './openListed.ts';
import type { ParsedListedOptions } from './options.ts';

type Origins = Partial<Record<SplitName, string>>;

/** Pictures are read as their pixels are stored, as the field's tools do: boxes were drawn on these. */
const decoderOf = (
  { maxPixels, background, size }: ParsedListedOptions,
  items: readonly ListedItem[],
): ((position: number) => DecodeOptions) => {
  const same: DecodeOptions = { maxPixels, background, size, orientation: 'stored' };
  return (position) => ({ ...same, cut: items[position]?.cut });
};

/** What is odd about the training images: a part of a dataset may lack classes, whose names it keeps. */
const trainOrigin = (root: string, { classes, pictures }: Listed, items: readonly ListedItem[]): Origins => {
  const labelsOf = (of: readonly { readonly split: string; readonly label: number }[]): Set<number> =>
    new Set(of.flatMap(({ split, label }) => (split === 'train' ? [label] : [])));
  const [wanted, have] = [labelsOf(pictures), labelsOf(items)];
  if (have.size === 0) throw badDataset(root, 'none of its pictures is one to train on');
  const lost = classes.filter((_, label) => wanted.has(label) && !have.has(label));
  if (lost.length > 0)
    throw badDataset(
      root,
      `class ${shortNames(lost)} has no training image left that can be read. Repair them`,
    );
  const none = classes.filter((_, label) => !wanted.has(label));
  return none.length > 0 ? { train: `none of class ${shortNames(none)}` } : {};
};

const joined = (...all: readonly Origins[]): Origins => {
  const told: Origins = {};
  for (const origins of all)
    for (const split of ['train', 'validation', 'test'] as const)
      if (origins[split] !== undefined)
        told[split] = told[split] === undefined ? origins[split] : `${told[split]}, ${origins[split]}`;
  return told;
};

/** Splits as the lists have them, and validation images drawn from those to train on where the lists have none. */
const divided = (items: readonly ListedItem[], options: ParsedListedOptions, { seed }: DatasetRequest) => {
  const labels = Int32Array.from(items, ({ label }) => label);
  const { positions, origins } = splitItems(items, labels, { ...options, testShare: 0 }, seed);
  const taken: Origins = origins.validation === undefined ? {} : { validation: origins.validation };
  return { labels, positions, taken };
};

const samplesOf = (
  items: readonly ListedItem[],
  labels: Int32Array,
  options: ParsedListedOptions,
): Samples => {
  const { size, cache } = options;
  const images = encodedFiles(items);
  const decodeAt = decoderOf(options, items);
  return classSamples({
    length: items.length,
    size,
    labels,
    read: imageReader(images, { size, cacheBytes: cache * 2 ** 20 }, decodeAt),
    readPicture: pictureReader(images, decodeAt),
    file: (position) => images.read(position),
    describe: (position) => items[position]?.name ?? '',
  });
};

const datasetOf = async (
  opened: OpenedLists,
  listed: Listed,
  options: ParsedListedOptions,
  request: DatasetRequest,
): Promise<Omit<Dataset, 'close'>> => {
  const { root } = options;
  const left: LeftItem[] = [...opened.left];
  const found = foundPictures(opened.source, listed, options, left);
  const reading = { left, ...(request.progress && { progress: request.progress }) };
  const items = await soundImages(found, (of) => decoderOf(options, of), options, reading);
  const told = trainOrigin(root, listed, items);
  const { labels, positions, taken } = divided(items, options, request);
  const all = samplesOf(items, labels, options);
  const whole = {
    train: subset(all, positions.train),
    validation: subset(all, positions.validation),
    test: subset(all, positions.test),
  };
  const { name, classes } = listed;
  const { leftOut, ...splits } = limited(whole, options.limit, { seed: request.seed, classes, name: root });
  const origins = joined(listed.origins ?? {}, told, taken);
  return {
    name,
    classes,
    normalization: normalizationOf(options.normalization),
    leftOut: [...countLeftOut(left), ...leftOut],
    origins: sharedImages(items, positions, linkOrigins(items, positions, origins)),
    ...splits,
  };
};

/** How a dataset of official lists is opened, and how its lists are read. */
export interface ListedFormat<Options> {
  readonly open: (options: Options) => Promise<OpenedLists>;
  readonly read: ListReader<Options>;
}

/** A dataset whose classes and splits stand in official lists. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`. */
export const listedDataset =
  <Options extends ParsedListedOptions>(
    options: Options,
    { open, read }: ListedFormat<Options>,
  ): DatasetFactory =>
  async (request) => {
    const opened = await open(options);
    const { source } = opened;
    try {
      const listed = await read(source, options);
      const dataset = await datasetOf(opened, listed, options, request);
      return { ...dataset, close: () => source.close() };
    } catch (error) {
      await source.close();
      throw error;
    }
  };
