import { isImageName, splitOfName } from '../../images/names.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { SYNSET } from './devkit.ts';

/** A picture in the folder, or the tar, of a class. */
export interface ClassPicture {
  readonly index: number;
  /** `n01440764/n01440764_10026.JPEG`, however it is packed. */
  readonly name: string;
  readonly synset: string;
  readonly split: 'train' | 'validation';
}

export interface FoundClasses {
  readonly inClasses: readonly ClassPicture[];
  /** Files of validation images that lie flat, by their numbers from 1 on. */
  readonly flat: ReadonlyMap<number, number>;
}

/** What each folder of pictures is; most pictures share theirs with a thousand. */
interface Folder {
  readonly synset: string | undefined;
  readonly split: 'train' | 'validation' | undefined;
}

/** Where the paths of validation images begin that were given apart. */
export const APART = 'val';

/** The split is that of the nearest folder whose name speaks of one; without one it is train. */
const folderOf = (path: string): Folder => {
  const parts = path.split('/').map((part) => part.replace(/\.tar$/i, ''));
  const synset = parts.at(-1);
  const isClass = synset !== undefined && SYNSET.test(synset);
  const spoken = parts.flatMap((part) => splitOfName(part)?.split ?? []).at(-1) ?? 'train';
  return {
    synset: isClass ? synset : undefined,
    split: spoken === 'train' || spoken === 'validation' ? spoken : undefined,
  };
};

const FLAT = /^ILSVRC2012_val_(\d{8})\.jpe?g$/i;

/** Pictures by what they are; those of no class and no validation set are none of either. */
export const findPictures = (source: FileSource): FoundClasses => {
  const inClasses: ClassPicture[] = [];
  const flat = new Map<number, number>();
  const folders = new Map<string, Folder>();
  source.files.forEach(({ path }, index) => {
    if (!isImageName(path)) return;
    const cut = path.lastIndexOf('/');
    const [parent, name] = [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)];
    const folder = folders.get(parent) ?? folderOf(parent);
    folders.set(parent, folder);
    const { synset, split } = folder;
    const [, number] = FLAT.exec(name) ?? [];
    if (synset === undefined && number !== undefined) flat.set(Number(number), index);
    else if (synset !== undefined && split !== undefined)
      // A name of the validation set tells more than a folder that says nothing.
      inClasses.push({
        index,
        name: `${synset}/${name}`,
        synset,
        split: number === undefined ? split : 'validation',
      });
  });
  return { inClasses, flat };
};
