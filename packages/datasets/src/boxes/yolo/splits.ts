import type { SplitName } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../../errors.ts';
import { isImageName } from '../../images/names.ts';
import type { ItemSplit } from '../../images/listItems.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import type { Reading } from '../annotated.ts';
import { bytesOf, textOf } from '../annotationText.ts';
import { pictureFinder, type PictureFinder } from '../findPictures.ts';
import { splitOfFolders } from '../pairs.ts';
import type { YoloData } from './dataFile.ts';

const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** A data.yaml with the folder that it lies in. */
export interface PlacedData extends YoloData {
  readonly folder: string;
}

/** A path from a folder of the source, steps up taken; undefined where it would leave the source. */
const joined = (folder: string, path: string): string | undefined => {
  const at = folder === '' ? [] : folder.split('/');
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') at.push(part);
    else if (at.pop() === undefined) return undefined;
  }
  return at.join('/');
};

const isThere = (source: FileSource, path: string): boolean =>
  path === '' || source.folders.includes(path) || source.files.some((file) => file.path === path);

/**
 * Where an entry of data.yaml lies: below its `path` where the source has that, else beside the file. Steps up at the
 * beginning are left off where nothing is there, as Ultralytics does: Roboflow's files say ../train/images of train/images.
 */
const placeOf = (source: FileSource, data: PlacedData, entry: string): string | undefined => {
  const bases = [data.path === undefined ? undefined : joined(data.folder, data.path), data.folder, ''];
  const entries = [entry, entry.replace(/^(\.\.\/)+/, '')];
  for (const base of bases) {
    if (base === undefined) continue;
    for (const one of entries) {
      const place = joined(base, one);
      if (place !== undefined && isThere(source, place)) return place;
    }
  }
  return undefined;
};

/** What the entries of data.yaml are looked up in. */
interface Lookup {
  readonly source: FileSource;
  readonly data: PlacedData;
  readonly find: PictureFinder;
  readonly left: Reading['left'];
}

const listedImages = async (
  { source, find, left }: Lookup,
  file: number,
  split: SplitName,
): Promise<number[]> => {
  const lines = textOf(await bytesOf(source, file)).split(/\r?\n/);
  return lines.flatMap((line) => {
    const name = line.trim();
    if (name === '') return [];
    const image = find(name, split);
    if (image === undefined)
      left.push({ reason: 'listed images that are not there', example: shortPath(name) });
    return image ?? [];
  });
};

const imagesOf = async (lookup: Lookup, entry: string, split: SplitName): Promise<number[]> => {
  const { source, data } = lookup;
  const place = placeOf(source, data, entry);
  if (place === undefined)
    throw badDataset(
      source.name,
      `it has no ${JSON.stringify(shortPath(entry, 60))}, which data.yaml names for ${split}. It has the folders ${shortNames(source.folders)}`,
    );
  const file = source.files.findIndex(({ path }) => path === place);
  if (file >= 0) return listedImages(lookup, file, split);
  const inside = place === '' ? '' : `${place}/`;
  return source.files.flatMap(({ path }, i) => (isImageName(path) && path.startsWith(inside) ? [i] : []));
};

/** The split of each image, by its place in the source. Errors: `bad-dataset` where one is in two. */
export const yoloSplits = async (
  source: FileSource,
  data: PlacedData | undefined,
  { left }: Reading,
): Promise<ReadonlyMap<number, ItemSplit>> => {
  const splits = new Map<number, ItemSplit>();
  if (!data || data.train.length + data.validation.length + data.test.length === 0) {
    source.files.forEach(({ path }, i) => {
      if (isImageName(path)) splits.set(i, splitOfFolders(source, path));
    });
    return splits;
  }
  const lookup: Lookup = { source, data, find: pictureFinder(source), left };
  for (const split of SPLITS) {
    for (const entry of data[split]) {
      for (const image of await imagesOf(lookup, entry, split)) {
        const before = splits.get(image);
        if (before !== undefined && before !== split)
          throw badDataset(
            source.name,
            `${shortPath(source.files[image]?.path ?? '')} is in ${before} and in ${split}, by data.yaml. Name folders or lists that share no image`,
          );
        splits.set(image, split);
      }
    }
  }
  return splits;
};
