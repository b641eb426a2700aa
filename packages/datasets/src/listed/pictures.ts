import { badDataset, shortPath } from '../errors.ts';
import { isImageName } from '../images/names.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** Finds the picture whose path ends as a list has it; undefined where there is none. Errors: `bad-dataset` where there are two. */
export type FindPicture = (name: string) => number | undefined;

const tailOf = (path: string, parts: number): string => path.split('/').slice(-parts).join('/');

/** Pictures of a source by the last parts of their paths: as many as the lists have, so that no folder is guessed. */
export const picturesBy = (source: FileSource, parts: number): FindPicture => {
  const byTail = new Map<string, number>();
  const twice = new Map<string, number>();
  source.files.forEach(({ path }, index) => {
    if (!isImageName(path)) return;
    const tail = tailOf(path, parts);
    if (byTail.has(tail)) twice.set(tail, index);
    else byTail.set(tail, index);
  });
  return (name) => {
    const tail = tailOf(name, parts);
    const [one, second] = [byTail.get(tail), twice.get(tail)];
    if (one !== undefined && second !== undefined) {
      const paths = [one, second].map((i) => shortPath(source.files[i]?.path ?? '', 60));
      throw badDataset(
        source.name,
        `it holds a picture twice: ${paths.join(' and ')}. Give the folder of one copy`,
      );
    }
    return one;
  };
};
