import { badDataset } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** File indices by class folder; empty folders give empty lists. */
export type ClassFolders = ReadonlyMap<string, readonly number[]>;

/** What a source holds: split folders with class folders in them, or class folders alone (`all`). */
export interface Layout {
  readonly all?: ClassFolders;
  readonly train?: ClassFolders;
  readonly validation?: ClassFolders;
  readonly test?: ClassFolders;
}

const SPLIT_FOLDERS = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation'],
  test: ['test', 'testing'],
};
type SplitName = keyof typeof SPLIT_FOLDERS;

/** Class folders directly under `base` (ends with `/`, or is empty); files below a class folder at any depth are its. */
const classFolders = ({ files, folders }: FileSource, base: string): ClassFolders => {
  const classes = new Map<string, number[]>();
  const folderAt = (path: string): string | undefined => {
    const rest = path.startsWith(base) ? path.slice(base.length) : '';
    return rest.includes('/') ? rest.slice(0, rest.indexOf('/')) : undefined;
  };
  const membersOf = (name: string): number[] => {
    const members = classes.get(name) ?? [];
    classes.set(name, members);
    return members;
  };
  for (const folder of folders) {
    const name = folderAt(`${folder}/`);
    if (name) membersOf(name);
  }
  files.forEach(({ path }, index) => {
    const name = folderAt(path);
    if (name) membersOf(name).push(index);
  });
  return classes;
};

/** Goes down through folders that only wrap others, as archives of a whole folder have them. */
const baseOf = (source: FileSource, base = ''): string => {
  const [name, ...more] = classFolders(source, base).keys();
  if (name === undefined || more.length > 0) return base;
  const inner = `${base}${name}/`;
  const depth = inner.split('/').length;
  const holdsFiles = source.files.some(
    ({ path }) => path.startsWith(inner) && path.split('/').length === depth,
  );
  return holdsFiles || classFolders(source, inner).size === 0 ? base : baseOf(source, inner);
};

/** Finds `<class>/…` or `{train,val,test}/<class>/…` in a source, at its root or below one wrapping folder. */
export const layoutOf = (source: FileSource): Layout => {
  const base = baseOf(source);
  const top = classFolders(source, base);
  const folderOf = (split: SplitName): string | undefined =>
    SPLIT_FOLDERS[split].find((name) => top.has(name));
  if (!folderOf('train')) return { all: top };
  const split = (name: SplitName): ClassFolders | undefined => {
    const folder = folderOf(name);
    if (!folder) return undefined;
    const classes = classFolders(source, `${base}${folder}/`);
    if (classes.size > 0) return classes;
    throw badDataset(
      source.name,
      `its folder "${base}${folder}" holds no class folders. Arrange it as ${folder}/<class>/<image>`,
    );
  };
  const found = { train: split('train'), validation: split('validation'), test: split('test') };
  return Object.fromEntries(Object.entries(found).filter(([, classes]) => classes !== undefined));
};
