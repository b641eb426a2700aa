import { splitOfName, isImageName } from '../images/names.ts';
import type { ItemSplit } from '../images/listItems.ts';
import { badDataset, shortPath } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** Finds the picture that a name in an annotation file means; undefined where there is none. Errors: `bad-dataset` where it may mean two. */
export type PictureFinder = (name: string, split: ItemSplit) => number | undefined;

const partsOf = (name: string): string[] =>
  name
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');

/** The splits that the folders of a picture speak of. */
const spokenOf = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .flatMap((folder) => splitOfName(folder)?.split ?? []);

/**
 * Pictures of a source, of one folder of it where that is named. A name means the picture whose path ends as it does, with
 * as many folders of it as there are; of several that of its own split.
 */
export const pictureFinder = (source: FileSource, folder?: string): PictureFinder => {
  const within = folder === undefined ? undefined : `${partsOf(folder).join('/')}/`;
  const byName = new Map<string, number[]>();
  source.files.forEach(({ path }, index) => {
    if (!isImageName(path) || (within !== undefined && !`/${path}`.includes(`/${within}`))) return;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const same = byName.get(name);
    if (same) same.push(index);
    else byName.set(name, [index]);
  });
  const pathOf = (index: number): string => source.files[index]?.path ?? '';
  return (name, split) => {
    const parts = partsOf(name);
    let found = byName.get(parts.at(-1) ?? '') ?? [];
    for (let from = parts.length - 2; from >= 0 && found.length > 0; from--) {
      const tail = `/${parts.slice(from).join('/')}`;
      const closer = found.filter((index) => `/${pathOf(index)}`.endsWith(tail));
      if (closer.length === 0) break;
      found = closer;
    }
    // A picture of another split is never one of this, though its own be missing.
    const possible = found.filter((index) => {
      const spoken = spokenOf(pathOf(index));
      return split === 'all' || spoken.length === 0 || spoken.includes(split);
    });
    const own = possible.filter((index) => spokenOf(pathOf(index)).includes(split));
    const [one, second] = own.length > 0 ? own : possible;
    if (one !== undefined && second !== undefined)
      throw badDataset(
        source.name,
        `${shortPath(name, 40)} may be ${shortPath(pathOf(one))} or ${shortPath(pathOf(second))}. Name the folder of each split's images with the dataset's option splits`,
      );
    return one;
  };
};
