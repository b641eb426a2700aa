import path from 'node:path';
import type { Dataset, DatasetRequest, Samples } from '@understory/core';
import { badDataset, shortNames } from '../errors.ts';
import { encodedFiles, imageSamples, type ImageSamplesOptions } from '../image/imageSamples.ts';
import type { ItemSplit } from '../images/listItems.ts';
import { countLeftOut, type LeftItem } from '../images/leftOut.ts';
import type { ParsedImagesOptions } from '../images/options.ts';
import { linkOrigins } from '../images/origins.ts';
import { readableRows, type ReadItem } from '../images/readableItems.ts';
import { splitItems, type Positions } from '../images/splitItems.ts';
import { normalizationOf } from '../normalization.ts';
import { drawn, subset } from '../samples/samples.ts';
import { cutToLimits, limited, type LimitedSplits, type Splits } from '../splits/limits.ts';
import { chosenClasses, type RowLabels } from './labels.ts';
import { labelSamples } from './labelSamples.ts';

/** An image of a list, with the split that the list says and its row there. */
export interface LabelledItem extends ReadItem {
  readonly split: ItemSplit;
  readonly row: number;
}

/** What a list of images and labels says. */
export interface LabelledList {
  readonly items: readonly LabelledItem[];
  readonly labels: RowLabels;
  /** Whether an image may have any number of labels, or has one. */
  readonly several: boolean;
  /** Names of all classes in order, where the source says them. */
  readonly classes?: readonly string[] | undefined;
  readonly left: readonly LeftItem[];
}

export type LabelledOptions = Omit<ParsedImagesOptions, 'test' | 'splits'>;

const isTrained = ({ split }: LabelledItem): boolean => split === 'all' || split === 'train';

/** Names of the labels that some items have. */
const namesOf = ({ labels }: LabelledList, items: readonly LabelledItem[]): string[] => {
  const have = new Uint8Array(labels.names.length);
  for (const { row } of items) for (const label of labels.of(row)) have[label] = 1;
  return labels.names.filter((_, i) => have[i] === 1);
};

interface ClassedItems {
  readonly items: readonly LabelledItem[];
  readonly classes: readonly string[];
  /** Classes of an item. */
  readonly of: (item: LabelledItem) => readonly number[];
  readonly left: readonly LeftItem[];
}

/** The items of the classes that are used. Errors: `bad-dataset`. */
const classed = (list: LabelledList, options: LabelledOptions): ClassedItems => {
  const { items, labels, several } = list;
  const trained = namesOf(list, items.filter(isTrained));
  const { classes, classAt } = chosenClasses(options.root, labels.names, {
    trained,
    known: list.classes,
    wanted: options.classes,
  });
  const of = ({ row }: LabelledItem): number[] =>
    labels.of(row).flatMap((label) => (classAt[label]! < 0 ? [] : [classAt[label]!]));
  const unknown = options.classes ? [] : labels.names.filter((_, i) => classAt[i]! < 0);
  if (unknown.length > 0)
    throw badDataset(
      options.root,
      `there are no training images of class ${shortNames(unknown)}, which other splits have. Add some, or name the classes to use with the dataset's option classes`,
    );
  const left = items.flatMap((item) =>
    labels.of(item.row).flatMap((label): LeftItem[] => {
      const example = item.source.files[item.index]!.path;
      const reason = `${several ? 'labels' : 'images'} of a class that the option classes leaves out`;
      return classAt[label]! >= 0 ? [] : [{ reason, className: labels.names[label], example }];
    }),
  );
  const used = several || left.length === 0 ? items : items.filter((item) => of(item).length > 0);
  return { items: used, classes, of, left };
};

/** What is odd about the training images: classes that are named and have none keep their names. */
const trainOrigin = (train: Samples, classes: readonly string[]): { readonly train?: string } => {
  const have = new Set(train.groups ?? []);
  const missing = train.groups ? classes.filter((_, label) => !have.has(label)) : [];
  return missing.length === 0 ? {} : { train: `none of class ${shortNames(missing)}` };
};

const cut = (
  splits: Splits,
  { limit, root }: LabelledOptions,
  { seed }: DatasetRequest,
  classes: readonly string[],
): LimitedSplits =>
  splits.train.groups
    ? limited(splits, limit, { seed, classes, name: root })
    : cutToLimits(splits, { limit, seed }, drawn);

const samplesOf = (
  items: readonly LabelledItem[],
  { of, classes }: ClassedItems,
  several: boolean,
  options: ImageSamplesOptions,
): Samples & { readonly groups?: Int32Array } =>
  several
    ? labelSamples(items, classes.length, (position) => of(items[position]!), options)
    : imageSamples(
        encodedFiles(items),
        Int32Array.from(items, (item) => of(item)[0]!),
        options,
      );

const splitsOf = (all: Samples, { train, validation, test }: Positions): Splits => ({
  train: subset(all, train),
  validation: subset(all, validation),
  test: subset(all, test),
});

/** A dataset of listed images. Errors: `bad-dataset`, `bad-image`. */
export const labelledDataset = async (
  list: LabelledList,
  options: LabelledOptions,
  request: DatasetRequest,
): Promise<Omit<Dataset, 'close'>> => {
  const found = classed(list, options);
  if (found.items.length === 0) throw badDataset(options.root, 'it lists no image that is used');
  const { items, size, left } = await readableRows(found.items, options, request.progress);
  const all = samplesOf(items, found, list.several, {
    ...options,
    size,
    cacheBytes: options.cache * 2 ** 20,
  });
  const labels = all.groups ?? new Int32Array(items.length);
  const { positions, origins } = splitItems(items, labels, options, request.seed);
  if (positions.train.length === 0) throw badDataset(options.root, 'it lists no image to train on');
  const whole = splitsOf(all, positions);
  const { leftOut, ...splits } = cut(whole, options, request, found.classes);
  return {
    name: path.basename(options.root).replace(/\.(tar|tar\.gz|tgz|zip)$/, ''),
    classes: found.classes,
    normalization: normalizationOf(options.normalization),
    leftOut: [...countLeftOut([...list.left, ...found.left, ...left]), ...leftOut],
    origins: { ...trainOrigin(whole.train, found.classes), ...linkOrigins(items, positions, origins) },
    ...splits,
  };
};
