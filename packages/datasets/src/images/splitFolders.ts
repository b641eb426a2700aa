import type { SplitName } from '@understory/core';
import { badDataset, quotedNames, shortPath } from '../errors.ts';
import { childrenOf, unwrap, type Folder } from './folders.ts';
import { namedPart, type NamedPart, type Part } from './names.ts';

export const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** How a folder's children divide: those that are named like splits, and the others. */
export interface Parts {
  readonly named: ReadonlyMap<Part, readonly Folder[]>;
  readonly others: readonly Folder[];
}

export const quoted = (folders: readonly Folder[]): string => quotedNames(folders.map(({ path }) => path));
const single = (parts: Parts): Folder[] => SPLITS.flatMap((split) => parts.named.get(split) ?? []);

/**
 * Which children are splits: by their names alone (`Training`), or because siblings say the same of different splits
 * (`asl_train` beside `asl_test`; a `bullet_train` beside an `airplane` is a class).
 */
export const partsOf = (folder: Folder): Parts => {
  const children = childrenOf(folder);
  const speaking = new Map<Folder, NamedPart>();
  for (const child of children) {
    const part = namedPart(child.name);
    if (part) speaking.set(child, part);
  }
  const isPaired = ({ part, rest }: NamedPart): boolean =>
    [...speaking.values()].some((other) => other.rest === rest && other.part !== part);
  const named = new Map<Part, Folder[]>();
  const others: Folder[] = [];
  for (const child of children) {
    const part = speaking.get(child);
    if (part && (part.rest === '' || isPaired(part)))
      named.set(part.part, [...(named.get(part.part) ?? []), child]);
    else others.push(child);
  }
  return { named, others };
};

/** Whether splits are among the children; images without labels beside classes are no class either. */
export const hasSplits = (parts: Parts): boolean =>
  single(parts).length > 0 || (parts.named.has('unlabelled') && parts.others.length > 0);

export const CURE =
  'splits: { train: "folder", test: "folder" } names the folders of splits; splits: none makes all folders classes';

/** One folder for each split, where the names leave no doubt. Errors: `bad-dataset`. */
export const splitFolders = (source: string, parts: Parts): Map<SplitName, Folder> => {
  const { named } = parts;
  const others = parts.others.filter(({ count }) => count > 0);
  const found = new Map<SplitName, Folder>();
  if (others.length > 0)
    throw badDataset(
      source,
      `${quoted([...single(parts), ...(named.get('unlabelled') ?? [])])} look like splits, and ${quoted(others)} like classes beside them. ${CURE}`,
    );
  for (const split of SPLITS) {
    const folders = named.get(split) ?? [];
    if (folders.length > 1)
      throw badDataset(source, `${quoted(folders)} would all be the ${split} split. ${CURE}`);
    if (folders[0]) found.set(split, folders[0]);
  }
  return found;
};

/** Where the class folders of a split begin: below `seg_train/seg_train`, `train/images`. Errors: `bad-dataset`. */
export const classFolders = (source: string, split: string, folder: Folder): Folder[] => {
  const base = unwrap(folder);
  const classes = childrenOf(base);
  const parts = partsOf(base);
  if (parts.others.length === 0 && single(parts).length > 1)
    throw badDataset(
      source,
      `its ${split} folder holds ${quoted(single(parts))}, which look like splits themselves. ${CURE}`,
    );
  const isRepeated =
    classes.length === 1 && namedPart(classes[0]!.name)?.part === split && base.images.length === 0;
  if (classes.length > 0 && !isRepeated) return classes;
  throw badDataset(
    source,
    `its folder "${shortPath(folder.path, 40)}" holds no class folders. Arrange it as ${shortPath(folder.name, 24)}/<class>/<image>, or leave it out: ${CURE}`,
  );
};
