import { concurrently, DATASET, plugin, type DatasetFactory, type SplitName } from '@understory/core';
import { z } from 'zod';
import type { Corners } from '../../boxes/annotated.ts';
import { badAnnotation, bytesOf, namingFile } from '../../boxes/annotationText.ts';
import { numbersOf, stringsOf, variableOf, type MatFile } from '../../mat/values.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { published, type Listed, type ListedPicture } from '../listed.ts';
import { listedDataset } from '../listedDataset.ts';
import { openRoot } from '../openListed.ts';
import { needList, readVariables } from '../lists.ts';
import { cropOption, LISTED_OPTIONS, rootOption } from '../options.ts';
import { picturesBy } from '../pictures.ts';

export const DogsOptions = z.strictObject({
  root: rootOption(
    'folder with Images, train_list.mat and test_list.mat, and Annotation for boxes; unpacked, or as images.tar, lists.tar, annotation.tar',
  ),
  ...LISTED_OPTIONS,
  crop: cropOption('the boxes of Annotation (of several dogs to the box around all of them)'),
});
export type DogsOptions = z.input<typeof DogsOptions>;
type ParsedDogsOptions = z.output<typeof DogsOptions>;

const CURE =
  'Give the folder that holds Images and the lists (or images.tar and lists.tar), as they are published';
const LISTS = { train: 'train_list.mat', test: 'test_list.mat' } as const;

/** More classes than any such list has. */
const MAX_CLASSES = 10_000;

interface Dog {
  readonly path: string;
  readonly split: SplitName;
  readonly label: number;
}

/** `n02085620-Chihuahua` → `Chihuahua`. */
const breedOf = (folder: string): string => folder.replace(/^n\d+-/, '').replaceAll('_', ' ');

const dogsOf = (file: MatFile, split: SplitName): Dog[] => {
  const paths = stringsOf(variableOf(file, 'file_list'), 'file_list');
  const labels = numbersOf(variableOf(file, 'labels'), 'labels');
  if (labels.length !== paths.length)
    throw badAnnotation(`labels has ${labels.length} numbers, and file_list ${paths.length} paths`);
  return paths.map((path, i) => {
    const label = labels[i] ?? 0;
    if (!(Number.isInteger(label) && label >= 1 && label <= MAX_CLASSES))
      throw badAnnotation(`labels(${i + 1}) is ${label}, no number of a class`);
    if (path.split('/').length !== 2)
      throw badAnnotation(
        `file_list{${i + 1}} is ${JSON.stringify(path.slice(0, 60))}, not <breed>/<picture>`,
      );
    return { path, split, label: label - 1 };
  });
};

/** Breeds in the labels' order, by the folders of their pictures. Errors: `bad-annotation` where a label has two, or a folder. */
const breedsOf = (dogs: readonly Dog[]): string[] => {
  const folders = new Map<number, string>();
  const labels = new Map<string, number>();
  for (const { path, label } of dogs) {
    const folder = path.slice(0, path.indexOf('/'));
    const [before, other] = [folders.get(label) ?? folder, labels.get(folder) ?? label];
    if (before !== folder || other !== label)
      throw badAnnotation(
        `${path.slice(0, 60)} has the label ${label + 1}, which is ${before}, whose label is ${(labels.get(before) ?? 0) + 1}`,
      );
    folders.set(label, folder);
    labels.set(folder, label);
  }
  return Array.from({ length: Math.max(...folders.keys()) + 1 }, (_, label) => {
    const folder = folders.get(label);
    if (folder === undefined)
      throw badAnnotation(`no picture has the label ${label + 1}, and some have greater ones`);
    return breedOf(folder);
  });
};

const around = (boxes: readonly Corners[]): Corners | undefined =>
  boxes.reduce<Corners | undefined>(
    (all, [top, left, bottom, right]) =>
      all === undefined
        ? [top, left, bottom, right]
        : [Math.min(all[0], top), Math.min(all[1], left), Math.max(all[2], bottom), Math.max(all[3], right)],
    undefined,
  );

/** The box around the dogs of a picture, by the file that annotates it. */
const boxFinder = (source: FileSource): ((path: string) => Promise<Pick<ListedPicture, 'box' | 'fault'>>) => {
  const files = new Map(
    source.files.flatMap(({ path }, i): [string, number][] => {
      const [, tail] = /(?:^|\/)Annotation\/([^/]+\/[^/.]+)$/.exec(path) ?? [];
      return tail === undefined ? [] : [[tail, i]];
    }),
  );
  return async (path) => {
    const file = files.get(path.replace(/\.[^.]*$/, ''));
    if (file === undefined) return { fault: 'Annotation has no box of it' };
    const { parseVoc } = await import('../../boxes/voc/parseVoc.ts');
    const { boxes } = await namingFile(source, file, async () => parseVoc(await bytesOf(source, file), 1));
    const box = around(boxes.map(({ corners }) => corners));
    return box ? { box } : { fault: 'its file in Annotation has no box' };
  };
};

const read = async (source: FileSource, { crop }: ParsedDogsOptions): Promise<Listed> => {
  const dogsIn = (split: 'train' | 'test'): Promise<Dog[]> =>
    readVariables(source, needList(source, LISTS[split], CURE), (file) => dogsOf(file, split));
  const dogs = [await dogsIn('train'), await dogsIn('test')].flat();
  const classes = breedsOf(dogs);
  const find = picturesBy(source, 2);
  const listed = dogs.map((dog): ListedPicture => ({ ...dog, name: dog.path, index: find(dog.path) }));
  const name = 'stanford-dogs';
  if (crop === 'none') return { name, classes, pictures: listed, list: LISTS.train };
  const boxOf = boxFinder(source);
  const pictures = await concurrently(listed, 16, async (one) =>
    one.index === undefined ? one : { ...one, ...(await boxOf(one.name)) },
  );
  return { name: `${name}, cut to boxes`, classes, pictures, list: LISTS.train };
};

/**
 * Stanford Dogs (Khosla et al. 2011): 12,000 + 8,580 dogs of 120 breeds. Its pictures are of ImageNet's training images: a
 * network trained on these has seen them. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`.
 */
export const dogs = (options: DogsOptions): DatasetFactory =>
  listedDataset(DogsOptions.parse(options), {
    open: openRoot([
      published('images', /\/Images\//),
      published('lists', /\/train_list\.mat$/),
      published('annotation', /\/Annotation\//),
    ]),
    read,
  });

export const dogsPlugin = plugin({
  token: DATASET,
  name: 'dogs',
  summary: 'Stanford Dogs: dogs of 120 breeds, with boxes',
  when: 'A fine-grained benchmark; with weights of ImageNet its pictures were seen before.',
  source: 'Khosla et al. 2011, Novel Dataset for Fine-Grained Image Categorization: Stanford Dogs',
  options: DogsOptions,
  paths: ['root'],
  create: dogs,
});
