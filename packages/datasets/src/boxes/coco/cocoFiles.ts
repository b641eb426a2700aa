import type { SplitName } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../../errors.ts';
import { splitOfName } from '../../images/names.ts';
import type { ItemSplit } from '../../images/listItems.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { splitOfFolders } from '../pairs.ts';
import type { ParsedCocoOptions } from './options.ts';

const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** A file of annotations: its place in the source, the split that it is of, and the folder of its images where that is named. */
export interface CocoPart {
  readonly index: number;
  readonly split: ItemSplit;
  readonly images?: string | undefined;
}

/** Files of COCO's own annotations that hold no boxes, or not of classes. */
const OTHERS = /^(captions|person_keypoints|stuff|panoptic|image_info)_/i;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const cleaned = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

const namedFile = (source: FileSource, split: SplitName, name: string): number => {
  const wanted = cleaned(name);
  const found = source.files.flatMap(({ path }, i) => (`/${path}`.endsWith(`/${wanted}`) ? [i] : []));
  const exact = source.files.findIndex(({ path }) => path === wanted);
  const [one] = exact >= 0 ? [exact] : found;
  if (one !== undefined && (exact >= 0 || found.length === 1)) return one;
  const known = source.files.flatMap(({ path }) => (/\.json$/i.test(path) ? [path] : []));
  throw badDataset(
    source.name,
    `it has ${found.length > 1 ? 'several files' : 'no file'} ${JSON.stringify(shortPath(name, 60))}, which splits.${split}.annotations names. ${known.length > 0 ? `It has ${shortNames(known.map(nameOf))}` : 'It has no JSON file'}`,
  );
};

const checkFolder = (source: FileSource, split: SplitName, folder: string | undefined): void => {
  if (folder === undefined) return;
  const wanted = cleaned(folder);
  if (source.folders.some((path) => `/${path}`.endsWith(`/${wanted}`))) return;
  throw badDataset(
    source.name,
    `it has no folder ${JSON.stringify(shortPath(folder, 60))}, which splits.${split}.images names. It has ${shortNames(source.folders)}`,
  );
};

const autoParts = (source: FileSource): CocoPart[] => {
  const parts = source.files.flatMap(({ path }, index): CocoPart[] => {
    const name = nameOf(path);
    if (!/\.json$/i.test(name) || OTHERS.test(name)) return [];
    const own = splitOfName(name.replace(/\.json$/i, ''))?.split;
    const split = own === undefined || own === 'unlabelled' ? splitOfFolders(source, path) : own;
    return [{ index, split }];
  });
  const pathOf = ({ index }: CocoPart): string => source.files[index]?.path ?? '';
  const twice = parts.find(({ split }, i) => parts.findIndex((other) => other.split === split) !== i);
  const mixed = parts.length > 1 ? parts.find(({ split }) => split === 'all') : undefined;
  if (twice ?? mixed)
    throw badDataset(
      source.name,
      `it has ${shortNames(parts.map((part) => nameOf(pathOf(part))))}, and which file is of which split is not clear. Say it: splits: { train: { annotations: "…" }, validation: … }`,
    );
  if (parts.length === 0)
    throw badDataset(
      source.name,
      'it has no JSON file of boxes, such as annotations/instances_train2017.json. Name one: splits: { train: { annotations: "…" } }',
    );
  if (!parts.some(({ split }) => split === 'train' || split === 'all'))
    throw badDataset(
      source.name,
      `it has ${shortNames(parts.map((part) => nameOf(pathOf(part))))}, and none of them is to train on by its name. Name one: splits: { train: { annotations: "…" } }`,
    );
  return parts;
};

/** The annotation files of a source, one a split. Errors: `bad-dataset`. */
export const cocoParts = (source: FileSource, { splits }: ParsedCocoOptions): readonly CocoPart[] => {
  if (splits === 'auto') return autoParts(source);
  return SPLITS.flatMap((split): CocoPart[] => {
    const part = splits[split];
    if (!part) return [];
    checkFolder(source, split, part.images);
    return [{ index: namedFile(source, split, part.annotations), split, images: part.images }];
  });
};
