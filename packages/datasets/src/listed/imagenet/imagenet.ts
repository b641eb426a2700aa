import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../../errors.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import type { Listed, ListedPicture } from '../listed.ts';
import { listedDataset } from '../listedDataset.ts';
import { GROUND_TRUTH, readDevkit, readTruth, type Devkit } from './devkit.ts';
import { openImagenet } from './openImagenet.ts';
import { ImagenetOptions, type ParsedImagenetOptions } from './options.ts';
import { findPictures, type ClassPicture, type FoundClasses } from './pictures.ts';

/** Names of classes in words; the synset is added where two classes have the same, as the two cranes have. */
const namesOf = (synsets: readonly string[], { words }: Devkit): string[] => {
  const names = synsets.map((synset) => words.get(synset) ?? synset);
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, i) => ((counts.get(name) ?? 0) > 1 ? `${name} (${synsets[i] ?? ''})` : name));
};

type Place = Pick<ClassPicture, 'name' | 'synset'> & { readonly index: number | undefined };

const inOrder = (a: Place, b: Place): number => {
  if (a.synset !== b.synset) return a.synset < b.synset ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
};

/** By class, then by name. Errors: `bad-dataset` where a picture is there twice. */
const sorted = (source: FileSource, places: readonly Place[]): readonly Place[] => {
  const all = [...places].sort(inOrder);
  const twice = all.find((place, i) => i > 0 && all[i - 1]?.name === place.name);
  if (!twice) return all;
  throw badDataset(
    source.name,
    `it holds ${shortPath(twice.name, 60)} twice. Give each picture once: packed or unpacked, in root or apart`,
  );
};

/** Validation images that lie flat, with their classes by the ground truth. */
const labelled = async (source: FileSource, { flat }: FoundClasses, devkit: Devkit): Promise<Place[]> => {
  const { list, synsets } = await readTruth(source, devkit);
  const beyond = [...flat].find(([number]) => !synsets.has(number));
  if (beyond)
    throw badDataset(
      source.name,
      `${list}, which has ${synsets.size} images, has none for ${shortPath(source.files[beyond[1]]?.path ?? '', 60)}. Give the devkit of 2012`,
    );
  return [...synsets].map(([number, synset]) => {
    const file = `ILSVRC2012_val_${String(number).padStart(8, '0')}.JPEG`;
    return { synset, name: `${synset}/${file}`, index: flat.get(number) };
  });
};

/** The validation images, flat or in class folders. */
const validationOf = async (source: FileSource, found: FoundClasses, devkit: Devkit): Promise<Place[]> => {
  const inClasses = found.inClasses.filter(({ split }) => split === 'validation');
  if (found.flat.size === 0) return inClasses;
  if (inClasses.length > 0)
    throw badDataset(
      source.name,
      `it holds ${inClasses.length} validation images in class folders and ${found.flat.size} that lie flat. Remove one or the other`,
    );
  return labelled(source, found, devkit);
};

const checkTrained = (
  source: FileSource,
  labels: ReadonlyMap<string, number>,
  validation: readonly Place[],
): void => {
  if (labels.size === 0)
    throw badDataset(
      source.name,
      'it holds no training image in a folder or tar of a class (n01440764, …). Give ILSVRC2012_img_train.tar, or the folder that it unpacks to',
    );
  const unknown = [...new Set(validation.map(({ synset }) => synset))].filter(
    (synset) => !labels.has(synset),
  );
  if (unknown.length > 0)
    throw badDataset(
      source.name,
      `there are no training images of class ${shortNames(unknown)}, which its validation images have. Add some, or remove those`,
    );
};

const read = async (source: FileSource): Promise<Listed> => {
  const found = findPictures(source);
  const devkit = await readDevkit(source);
  const train: Place[] = found.inClasses.filter(({ split }) => split === 'train');
  const validation = await validationOf(source, found, devkit);
  const synsets = [...new Set(train.map(({ synset }) => synset))].sort();
  const labels = new Map(synsets.map((synset, i) => [synset, i]));
  checkTrained(source, labels, validation);
  const listed = (places: readonly Place[], split: 'train' | 'validation'): ListedPicture[] =>
    sorted(source, places).map(({ name, index, synset }) => ({
      name,
      index,
      split,
      label: labels.get(synset) ?? 0,
    }));
  return {
    name: 'imagenet',
    classes: namesOf(synsets, devkit),
    pictures: [...listed(train, 'train'), ...listed(validation, 'validation')],
    list: GROUND_TRUTH,
    origins: { test: 'none: the labels of the official test images are not published' },
  };
};

/**
 * ImageNet of ILSVRC 2012 (Russakovsky et al. 2015) as it is distributed: 1,281,167 training images in class folders, or in class
 * tars within one tar, which is read in place; 50,000 official validation images in class folders, or flat with the devkit.
 * Classes stand in the order of their synsets. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`.
 */
export const imagenet = (options: ImagenetOptions): DatasetFactory => {
  const parsed: ParsedImagenetOptions = ImagenetOptions.parse(options);
  return listedDataset(parsed, { open: openImagenet, read });
};

export const imagenetPlugin = plugin({
  token: DATASET,
  name: 'imagenet',
  summary:
    'ImageNet (ILSVRC 2012) as it is distributed: class folders, or class tars in one tar, with the devkit',
  when: 'Training from nothing at 224 pixels, and weights to fine-tune.',
  source: 'Russakovsky et al. 2015, ImageNet Large Scale Visual Recognition Challenge',
  options: ImagenetOptions,
  paths: ['root', 'validationImages', 'devkit'],
  create: imagenet,
});
