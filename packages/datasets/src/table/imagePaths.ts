import path from 'node:path';
import { badDataset, shortNames, shortPath } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** Finds the file that a path of a table means: its position in the source, or undefined. It never leaves the source. */
export type FindImage = (cell: string) => number | undefined;

const partsOf = (name: string): string[] => name.split('/').filter((part) => part !== '' && part !== '.');

/** A path below a folder, without `.` and `..`; undefined where it climbs out. */
const within = (folder: string, name: string): string | undefined => {
  const parts = partsOf(folder);
  for (const part of partsOf(name)) {
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
};

/** What a table writes before the paths of its own source: the folder itself, as some tools do. */
const withoutRoot = (source: FileSource, cell: string): string => {
  const root = `${path.resolve(source.name)}/`;
  return cell.startsWith(root) ? cell.slice(root.length) : cell;
};

export interface PathRules {
  /** Folders that paths may begin at, the likelier first. */
  readonly folders: readonly string[];
  readonly extension?: string | undefined;
}

/** Files by their paths, made once for all tables of a source. */
export const filesByPath = ({ files }: FileSource): ReadonlyMap<string, number> =>
  new Map(files.map(({ path: file }, index) => [file, index]));

export const imageFinder =
  (
    source: FileSource,
    byPath: ReadonlyMap<string, number>,
    { folders, extension = '' }: PathRules,
  ): FindImage =>
  (cell) => {
    const name = withoutRoot(source, cell.replaceAll('\\', '/')) + extension;
    for (const folder of name.startsWith('/') ? [] : folders) {
      const full = folder === '' && !name.includes('./') ? name : within(folder, name);
      const index = full === undefined ? undefined : byPath.get(full);
      if (index !== undefined) return index;
    }
    return undefined;
  };

/** What to do about a path that means no file: where one of that name lies, or what its name lacks. */
export const pathCure = (source: FileSource, cell: string): string => {
  const name = partsOf(cell.replaceAll('\\', '/')).at(-1) ?? '';
  const same = source.files.find(({ path: file }) => file === name || file.endsWith(`/${name}`));
  if (same) {
    const folder = same.path.slice(0, Math.max(0, same.path.length - name.length - 1));
    return `${shortPath(same.path, 50)} is there: say with the dataset's option images where paths begin${folder ? ` ("${shortPath(folder, 30)}")` : ''}`;
  }
  const longer = source.files.find(
    ({ path: file }) =>
      new RegExp(`(^|/)[^/]*$`).test(file) && file.slice(file.lastIndexOf('/') + 1).startsWith(`${name}.`),
  );
  if (longer && name !== '')
    return `${shortPath(longer.path, 50)} is there: the option extension ("${path.extname(longer.path)}") adds what the paths lack`;
  return 'Say where the images lie with the dataset\'s option images, or set its onBadRow to "skip"';
};

/** The folder of a source that the option names; undefined where it has none. Errors: `bad-dataset` where two end so. */
export const imagesFolder = (source: FileSource, wanted: string): string | undefined => {
  const clean = partsOf(wanted).join('/');
  if (source.folders.includes(clean) || clean === '') return clean;
  const found = source.folders.filter((folder) => folder.endsWith(`/${clean}`));
  if (found.length < 2) return found[0];
  throw badDataset(
    source.name,
    `its folders ${shortNames(found)} all end like ${JSON.stringify(wanted)}, which the option images names. Name one from the root`,
  );
};
