import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import { z } from 'zod';
import { badAnnotation, numberOf } from '../../boxes/annotationText.ts';
import type { Corners } from '../../boxes/annotated.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { published, type Listed, type ListedPicture } from '../listed.ts';
import { listedDataset } from '../listedDataset.ts';
import { openRoot } from '../openListed.ts';
import { keyed, needList, position, readLines, Refused, type Keyed } from '../lists.ts';
import { cropOption, LISTED_OPTIONS, rootOption } from '../options.ts';
import { picturesBy } from '../pictures.ts';

export const CubOptions = z.strictObject({
  root: rootOption('CUB_200_2011.tgz, the folder CUB_200_2011, or one that holds either'),
  ...LISTED_OPTIONS,
  crop: cropOption('the boxes of bounding_boxes.txt'),
});
export type CubOptions = z.input<typeof CubOptions>;
type ParsedCubOptions = z.output<typeof CubOptions>;

const CURE = 'Give CUB_200_2011.tgz, or the folder that it unpacks to, as its authors publish it';
const LIST = 'images.txt';

/** `001.Black_footed_Albatross` → `Black footed Albatross`. */
const speciesOf = (name: string): string => name.replace(/^\d+\./, '').replaceAll('_', ' ');

const boxOf = (value: string): Corners | Refused => {
  const [x, y, width, height, more] = value.split(/\s+/).map(numberOf);
  if (x === undefined || y === undefined || width === undefined || height === undefined || more !== undefined)
    return new Refused('has not the four numbers x, y, width and height of a box');
  return [y, x, y + height, x + width];
};

/** A file of one line an image; `ids` are all of them, in order. Errors: `bad-annotation` where they are not the same. */
const readOf = <T>(
  source: FileSource,
  name: string,
  ids: readonly string[],
  parse: (value: string) => T | Refused,
): Promise<(id: string) => T> =>
  readLines(source, needList(source, name, CURE), (lines) => {
    const known = new Set(ids);
    const values: Keyed<T> = keyed(lines, (value, id) =>
      known.has(id) ? parse(value) : new Refused(`names image ${id}, which ${LIST} has not`),
    );
    const valueOf = (id: string): T => {
      const value = values.get(id);
      if (value === undefined) throw badAnnotation(`it has no line for image ${id}, which ${LIST} has`);
      return value;
    };
    ids.forEach(valueOf);
    return valueOf;
  });

const splitOf = (value: string): 'train' | 'test' | Refused => {
  if (value === '1') return 'train';
  return value === '0' ? 'test' : new Refused('says neither 1 (train) nor 0 (test)');
};

const classesIn = (source: FileSource): Promise<string[]> =>
  readLines(source, needList(source, 'classes.txt', CURE), (lines) => {
    const byId = keyed(lines, (name, id) => {
      const at = position(id, lines.length, 'a class');
      return at instanceof Refused ? at : name;
    });
    return [...byId].sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => speciesOf(name));
  });

const readCub = async (source: FileSource, { crop }: ParsedCubOptions): Promise<Listed> => {
  const paths = await readLines(source, needList(source, LIST, CURE), (lines) =>
    keyed(lines, (path) => path),
  );
  const ids = [...paths.keys()];
  const classes = await classesIn(source);
  const labelOf = await readOf(source, 'image_class_labels.txt', ids, (value) =>
    position(value, classes.length, 'a class'),
  );
  const splitAt = await readOf(source, 'train_test_split.txt', ids, splitOf);
  const boxAt = crop === 'box' ? await readOf(source, 'bounding_boxes.txt', ids, boxOf) : undefined;
  const find = picturesBy(source, 2);
  const pictures = [...paths].map(([id, path]): ListedPicture => ({
    name: path,
    index: find(path),
    split: splitAt(id),
    label: labelOf(id),
    box: boxAt?.(id),
  }));
  return { name: `cub-200-2011${crop === 'box' ? ', cut to boxes' : ''}`, classes, pictures, list: LIST };
};

/** CUB-200-2011 (Wah et al. 2011): 5,994 + 5,794 birds of 200 species. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`. */
export const cub = (options: CubOptions): DatasetFactory =>
  listedDataset(CubOptions.parse(options), {
    open: openRoot([published('CUB_200_2011[^/]*', /\/images\.txt$/)]),
    read: readCub,
  });

export const cubPlugin = plugin({
  token: DATASET,
  name: 'cub',
  summary: 'CUB-200-2011: birds of 200 species, with a box each',
  when: 'The fine-grained benchmark that most papers report.',
  source: 'Wah et al. 2011, The Caltech-UCSD Birds-200-2011 Dataset',
  options: CubOptions,
  paths: ['root'],
  create: cub,
});
