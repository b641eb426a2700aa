import { DATASET, plugin, type DatasetFactory, type SplitName } from '@understory/core';
import { z } from 'zod';
import { badAnnotation } from '../../boxes/annotationText.ts';
import { numbersOf, variableOf, type MatFile } from '../../mat/values.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { published, type Listed, type ListedPicture } from '../listed.ts';
import { listedDataset } from '../listedDataset.ts';
import { openRoot } from '../openListed.ts';
import { needList, readVariables } from '../lists.ts';
import { LISTED_OPTIONS, rootOption, trainOnOption } from '../options.ts';
import { picturesBy } from '../pictures.ts';
import { FLOWER_NAMES } from './names.ts';

export const FlowersOptions = z.strictObject({
  root: rootOption('folder with setid.mat, imagelabels.mat and jpg (or 102flowers.tgz)'),
  ...LISTED_OPTIONS,
  trainOn: trainOnOption,
});
export type FlowersOptions = z.input<typeof FlowersOptions>;
type ParsedFlowersOptions = z.output<typeof FlowersOptions>;

const CURE = 'Give the folder that holds setid.mat, imagelabels.mat and jpg, which are published one by one';
const LIST = 'setid.mat';

/** Labels of the images 1, 2, …, from 0 on. */
const labelsOf = (file: MatFile): number[] =>
  Array.from(numbersOf(variableOf(file, 'labels'), 'labels'), (label, i) => {
    if (Number.isInteger(label) && label >= 1 && label <= FLOWER_NAMES.length) return label - 1;
    throw badAnnotation(
      `labels(${i + 1}) is ${label}, and there are the classes 1 to ${FLOWER_NAMES.length}`,
    );
  });

const SETS = { trnid: 'train', valid: 'validation', tstid: 'test' } as const;

interface Flower {
  readonly id: number;
  readonly split: SplitName;
}

/** Image ids of each set; `most` images have a label. */
const flowersOf = (file: MatFile, most: number): Flower[] =>
  (['trnid', 'valid', 'tstid'] as const).flatMap((name) =>
    Array.from(numbersOf(variableOf(file, name), name), (id, i) => {
      if (!(Number.isInteger(id) && id >= 1 && id <= most))
        throw badAnnotation(`${name}(${i + 1}) is ${id}, and imagelabels.mat has the images 1 to ${most}`);
      return { id, split: SETS[name] };
    }),
  );

const read = async (source: FileSource, { trainOn }: ParsedFlowersOptions): Promise<Listed> => {
  const labels = await readVariables(source, needList(source, 'imagelabels.mat', CURE), labelsOf);
  const flowers = await readVariables(source, needList(source, LIST, CURE), (file) =>
    flowersOf(file, labels.length),
  );
  const find = picturesBy(source, 1);
  const isJoined = trainOn === 'train+val';
  const pictures = flowers.map(({ id, split }): ListedPicture => {
    const name = `image_${String(id).padStart(5, '0')}.jpg`;
    const as = isJoined && split === 'validation' ? 'train' : split;
    return { name, index: find(name), split: as, label: labels[id - 1] ?? 0 };
  });
  const origins = isJoined ? { train: 'the official train and val images' } : {};
  return { name: 'flowers-102', classes: FLOWER_NAMES, pictures, list: LIST, origins };
};

/**
 * Oxford Flowers-102 (Nilsback and Zisserman 2008): 1,020 + 1,020 + 6,149 flowers. Trained on both halves of 1,020, as is
 * common practice, unless `trainOn` says otherwise. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`.
 */
export const flowers = (options: FlowersOptions): DatasetFactory =>
  listedDataset(FlowersOptions.parse(options), {
    open: openRoot([published('102flowers', /\/jpg\//)]),
    read,
  });

export const flowersPlugin = plugin({
  token: DATASET,
  name: 'flowers',
  summary: 'Oxford Flowers-102: flowers of 102 kinds, 20 of each to train on',
  when: 'A small fine-grained benchmark, where colour tells much.',
  source: 'Nilsback and Zisserman 2008, Automated flower classification over a large number of classes',
  options: FlowersOptions,
  paths: ['root'],
  create: flowers,
});
