import { isImageName, splitOfName } from '../images/names.ts';
import type { ItemSplit } from '../images/listItems.ts';
import { badDataset, shortPath } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** Folders that say what kind of files they hold, and nothing of the image. */
const KINDS = /^(annotations?|xmls?|labels?|jpegimages|images?|imgs?)$/i;

/**
 * What an image and its annotation have in common: `VOC2007/JPEGImages/1.jpg` and `VOC2007/Annotations/1.xml` are
 * `VOC2007/1`, `train/images/a.jpg` and `train/labels/a.txt` are `train/a`, and so are files side by side.
 */
export const pairKey = (path: string): string => {
  const folders = path.split('/');
  const file = folders.pop() ?? '';
  const stem = file.replace(/\.[^.]*$/, '');
  return [...folders.filter((name) => !KINDS.test(name)), stem].join('/');
};

/** Files by their key; `at` are positions in the source. */
export interface Pairs {
  readonly images: ReadonlyMap<string, number>;
  readonly annotations: ReadonlyMap<string, number>;
}

const keyed = (source: FileSource, what: string, isOne: (path: string) => boolean): Map<string, number> => {
  const byKey = new Map<string, number>();
  source.files.forEach(({ path }, index) => {
    if (!isOne(path)) return;
    const key = pairKey(path);
    const other = byKey.get(key);
    if (other !== undefined)
      throw badDataset(
        source.name,
        `${shortPath(source.files[other]?.path ?? '')} and ${shortPath(path)} are two ${what} of one name. Remove or rename one of them`,
      );
    byKey.set(key, index);
  });
  return byKey;
};

/** Images and the annotation files of this ending, by what they have in common. Errors: `bad-dataset` where two have one name. */
export const pairsOf = (
  source: FileSource,
  isAnnotation: (path: string) => boolean,
  isImage: (path: string) => boolean = isImageName,
): Pairs => ({
  images: keyed(source, 'images', isImage),
  annotations: keyed(source, 'annotation files', isAnnotation),
});

/** The split that a file's folders speak of; `all` where none does. Errors: `bad-dataset` where they speak of two. */
export const splitOfFolders = (source: FileSource, path: string): ItemSplit => {
  const folders = path.split('/').slice(0, -1);
  const splits = new Set(
    folders.flatMap((name) => {
      const split = splitOfName(name)?.split;
      return split === undefined || split === 'unlabelled' ? [] : [split];
    }),
  );
  const [split, second] = splits;
  if (split !== undefined && second !== undefined)
    throw badDataset(
      source.name,
      `the folders of ${shortPath(path)} speak of ${split} and of ${second}. Rename one`,
    );
  return split ?? 'all';
};
