import { badDataset, shortNames } from '../errors.ts';
import { childrenOf, unwrap, type Folder } from './folders.ts';
import { splitOfName, isGenericName } from './names.ts';
import { CURE, quoted } from './splitFolders.ts';

/** A name as people mean it: `Café ` and `café` in another Unicode form are one. */
export const normalizedName = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

const innerNames = (folder: Folder): string[] =>
  childrenOf(unwrap(folder)).map(({ name }) => normalizedName(name));
const isMostOf = (shared: number, all: number): boolean => shared >= 2 && shared >= all / 2;

/** What makes it unlikely that folders are classes; undefined where nothing does. */
type FolderCheck = (folders: readonly Folder[]) => string | undefined;

const alike: FolderCheck = (folders) => {
  const byName = new Map<string, Folder>();
  for (const folder of folders) {
    const other = byName.get(normalizedName(folder.name));
    if (other)
      return `${quoted([other, folder])} differ only in case, spaces or Unicode form. Join or rename them`;
    byName.set(normalizedName(folder.name), folder);
  }
  return undefined;
};

/** `cells/healthy`, `cells/ill` beside `cells/cells/healthy`, `cells/cells/ill`: archives often hold a copy of themselves. */
const copies: FolderCheck = (folders) => {
  const names = new Set(folders.map(({ name }) => normalizedName(name)));
  const copy = folders.find((folder) => {
    const shared = innerNames(folder).filter((name) => names.has(name));
    return isMostOf(shared.length, names.size - 1);
  });
  if (!copy) return undefined;
  const shared = childrenOf(unwrap(copy)).filter(({ name }) => names.has(normalizedName(name)));
  return `${quoted([copy])} holds ${shortNames(shared.map(({ name }) => name))} as its neighbours are named: a copy of the dataset, it seems. Remove it, or say what to use with the options splits and classes`;
};

/** Folders that hold the same ones are seldom classes: splits of other names, folds, domains. */
const repeated: FolderCheck = (folders) => {
  const nested = folders.filter((folder) => unwrap(folder).images.length === 0);
  if (nested.length < 2) return undefined;
  const inner = nested.map(innerNames);
  const shared = (inner[0] ?? []).filter((name) => inner.every((names) => names.includes(name)));
  if (!isMostOf(shared.length, new Set(inner.flat()).size)) return undefined;
  return `${quoted(nested)} each hold the folders ${shortNames(shared)}: splits or parts of the dataset, it seems. ${CURE}`;
};

/** `cars` with class folders beside `cars_test`; beside classes a `bullet_train` is one too. */
const halfNamed: FolderCheck = (folders) => {
  const named = folders.filter(({ name }) => splitOfName(name));
  const filled = folders.find(
    (folder) =>
      !named.includes(folder) && childrenOf(unwrap(folder)).filter(({ count }) => count > 0).length > 1,
  );
  return named.length > 0 && filled
    ? `${quoted(named)} may be splits, and ${quoted([filled])} beside them holds folders of its own. ${CURE}`
    : undefined;
};

const NUMBERED = /^(.*?)(part|batch|fold|chunk|shard|images|imgs|subset|split|volume|disc)[\s_.-]*\d+$/i;

/** `images_001`, `images_002`: a large dataset in pieces. */
const pieces: FolderCheck = (folders) => {
  const stems = new Set(folders.map(({ name }) => NUMBERED.exec(name)?.slice(1, 3).join('')));
  if (folders.length < 2 || stems.size > 1 || stems.has(undefined)) return undefined;
  return `${quoted(folders)} are named like pieces of one dataset, not like classes. Arrange it as <class>/<image>; splits: none makes all folders classes`;
};

/** `images` beside `masks`, `annotations`. */
const nameless: FolderCheck = (folders) => {
  const found = folders.filter(({ name }) => isGenericName(name));
  if (found.length === 0 || folders.length < 2) return undefined;
  const others = folders.filter((folder) => !found.includes(folder));
  return `${quoted(found)} is no class by its name, and lies beside ${quoted(others)}. Arrange it as <class>/<image>; splits: none makes all folders classes`;
};

const CHECKS: readonly FolderCheck[] = [copies, repeated, alike, halfNamed, pieces, nameless];

/** Refuses folders that are hardly classes, though nothing else is known of them. Errors: `bad-dataset`. */
export const checkClasses = (source: string, classes: readonly Folder[]): void => {
  const filled = classes.filter(({ count }) => count > 0);
  for (const check of CHECKS) {
    const problem = check(filled);
    if (problem !== undefined) throw badDataset(source, problem);
  }
};

/** Refuses what lies in a split beside classes, or instead of them. Errors: `bad-dataset`. */
export const checkSplit = (source: string, split: Folder, classes: readonly Folder[]): void => {
  const filled = classes.filter(({ count }) => count > 0);
  const [only] = filled;
  if (only && filled.length === 1 && isGenericName(only.name))
    throw badDataset(
      source,
      `its folder ${quoted([split])} holds no class folders, only "${only.name}". Arrange it as ${split.name}/<class>/<image>, or leave it out: ${CURE}`,
    );
  for (const check of [copies, alike]) {
    const problem = check(filled);
    if (problem !== undefined) throw badDataset(source, problem);
  }
};
