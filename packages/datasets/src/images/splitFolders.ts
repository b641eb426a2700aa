import type { SplitName } from '@understory/core';
import { badDataset, quotedNames, shortPath } from '../errors.ts';
import { childrenOf, unwrap, type Folder } from './folders.ts';
import { splitOfName, type NamedSplit, type FolderSplit } from './names.ts';

export const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** How a folder's children divide: those that are named like splits, and the others. */
export interface DividedFolders {
  readonly named: ReadonlyMap<FolderSplit, readonly Folder[]>;
  readonly others: readonly Folder[];
}

export const quoted = (folders: readonly Folder[]): string => quotedNames(folders.map(({ path }) => path));
const foldersOfSplits = (divided: DividedFolders): Folder[] =>
  SPLITS.flatMap((split) => divided.named.get(split) ?? []);

/**
 * Which children are splits: by their names alone (`Training`), or because siblings say the same of different splits
 * (`asl_train` beside `asl_test`; a `bullet_train` beside an `airplane` is a class).
 */
export const divideFolders = (folder: Folder): DividedFolders => {
  const children = childrenOf(folder);
  const bySplit = new Map<Folder, NamedSplit>();
  for (const child of children) {
    const found = splitOfName(child.name);
    if (found) bySplit.set(child, found);
  }
  const isPaired = ({ split, rest }: NamedSplit): boolean =>
    [...bySplit.values()].some((other) => other.rest === rest && other.split !== split);
  const named = new Map<FolderSplit, Folder[]>();
  const others: Folder[] = [];
  for (const child of children) {
    const found = bySplit.get(child);
    if (found && (found.rest === '' || isPaired(found)))
      named.set(found.split, [...(named.get(found.split) ?? []), child]);
    else others.push(child);
  }
  return { named, others };
};

/** Whether splits are among the children; images without labels beside classes are no class either. */
export const hasSplits = (divided: DividedFolders): boolean =>
  foldersOfSplits(divided).length > 0 || (divided.named.has('unlabelled') && divided.others.length > 0);

export const CURE =
  'splits: { train: "folder", test: "folder" } names the folders of splits; splits: none makes all folders classes';

/** One folder for each split, where the names leave no doubt. Errors: `bad-dataset`. */
export const splitFolders = (source: string, divided: DividedFolders): Map<SplitName, Folder> => {
  const { named } = divided;
  const others = divided.others.filter(({ count }) => count > 0);
  const found = new Map<SplitName, Folder>();
  if (others.length > 0)
    throw badDataset(
      source,
      `${quoted([...foldersOfSplits(divided), ...(named.get('unlabelled') ?? [])])} look like splits, and ${quoted(others)} like classes beside them. ${CURE}`,
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
  const divided = divideFolders(base);
  if (divided.others.length === 0 && foldersOfSplits(divided).length > 1)
    throw badDataset(
      source,
      `its ${split} folder holds ${quoted(foldersOfSplits(divided))}, which look like splits themselves. ${CURE}`,
    );
  const isRepeated =
    classes.length === 1 && splitOfName(classes[0]!.name)?.split === split && base.images.length === 0;
  if (classes.length > 0 && !isRepeated) return classes;
  throw badDataset(
    source,
    `its folder "${shortPath(folder.path, 40)}" holds no class folders. Arrange it as ${shortPath(folder.name, 24)}/<class>/<image>, or leave it out: ${CURE}`,
  );
};
