import { nearest, type SplitName } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../errors.ts';
import { childrenOf, folderAt, imagesIn, unwrap, wrapped, type Folder } from './folders.ts';
import type { ParsedImagesOptions } from './options.ts';
import type { ImageFile } from './sortOut.ts';
import { classFolders, CURE, hasSplits, partsOf, quoted, splitFolders, SPLITS } from './splitFolders.ts';

/** Images by class folder; empty folders give empty lists. */
export type Classes = ReadonlyMap<string, readonly ImageFile[]>;

/** What a source holds: split folders with class folders in them, or class folders alone (`all`). */
export type Layout = Readonly<Partial<Record<SplitName | 'all', Classes>>>;

type SplitsOption = ParsedImagesOptions['splits'];

const classesOf = (folders: readonly Folder[]): Classes =>
  new Map(folders.map((folder) => [folder.name, imagesIn(folder)]));

const checkApart = (source: string, folders: ReadonlyMap<SplitName, Folder>): void => {
  for (const [split, { path }] of folders) {
    const around = [...folders].find(
      ([other, outer]) => other !== split && `${path}/`.startsWith(`${outer.path}/`),
    );
    if (around)
      throw badDataset(source, `splits.${split} lies in splits.${around[0]}: its images would be in both`);
  }
};

/** The folders that the option names, which are looked for at the root and below what only wraps. */
const namedSplits = (
  source: string,
  root: Folder,
  option: Exclude<SplitsOption, string>,
): Map<SplitName, Folder> => {
  const base = unwrap(root);
  const found = new Map<SplitName, Folder>();
  for (const split of SPLITS) {
    const path = option[split];
    if (path === undefined) continue;
    const folder = folderAt(root, path) ?? folderAt(base, path);
    if (!folder) {
      const known = childrenOf(base).map(({ name }) => name);
      const near = nearest(path, known);
      throw badDataset(
        source,
        `it has no folder ${JSON.stringify(shortPath(path, 40))}, which splits.${split} names.${near ? ` Did you mean ${JSON.stringify(near)}?` : ''} It holds ${shortNames(known)}`,
      );
    }
    found.set(split, folder);
  }
  checkApart(source, found);
  return found;
};

const layoutOfSplits = (source: string, folders: ReadonlyMap<SplitName, Folder>): Layout =>
  Object.fromEntries(
    [...folders].map(([split, folder]) => [split, classesOf(classFolders(source, split, folder))]),
  );

/** `<class>/train/…`: the splits lie below each class. Undefined where they do not. Errors: `bad-dataset`. */
const splitsBelowClasses = (source: string, classes: readonly Folder[]): Layout | undefined => {
  const filled = classes.filter(({ count }) => count > 0);
  const holding = filled.filter((folder) => {
    const parts = partsOf(folder);
    return hasSplits(parts) && parts.others.length === 0 && folder.images.length === 0;
  });
  if (holding.length === 0) return undefined;
  if (holding.length < filled.length)
    throw badDataset(
      source,
      `${quoted(holding)} hold folders that look like splits, and ${quoted(filled.filter((f) => !holding.includes(f)))} do not. ${CURE}`,
    );
  const layout: Partial<Record<SplitName, Map<string, ImageFile[]>>> = {};
  for (const folder of holding) {
    for (const [split, part] of splitFolders(source, partsOf(folder))) {
      const inner = unwrap(part);
      if (inner.images.length === 0 && childrenOf(inner).length > 1)
        throw badDataset(
          source,
          `${quoted(holding)} each hold splits with classes in them. Give one of these folders`,
        );
      (layout[split] ??= new Map()).set(folder.name, imagesIn(part));
    }
  }
  return layout;
};

/** Folders that all hold the same ones are seldom classes: splits of other names, folds, domains. Errors: `bad-dataset`. */
const checkDistinct = (source: string, classes: readonly Folder[]): void => {
  const filled = classes.filter(({ count }) => count > 0);
  if (filled.length < 2 || filled.some(({ images }) => images.length > 0)) return;
  const inner = filled.map((folder) => childrenOf(folder).map(({ name }) => name.toLowerCase()));
  const shared = (inner[0] ?? []).filter((name) => inner.every((names) => names.includes(name)));
  if (shared.length < 2 || shared.length < new Set(inner.flat()).size / 2) return;
  throw badDataset(
    source,
    `${quoted(filled)} each hold the folders ${shortNames(shared)}: splits or parts of the dataset, it seems. ${CURE}`,
  );
};

/** The first folder on the way down whose children are named like splits, or the last that only wraps. */
const baseOf = (folder: Folder): Folder => {
  const inner = hasSplits(partsOf(folder)) ? undefined : wrapped(folder);
  return inner ? baseOf(inner) : folder;
};

/** Finds the splits that folders make, however they are named and nested, or class folders alone. Errors: `bad-dataset`. */
export const layoutOf = (source: string, root: Folder, option: SplitsOption): Layout => {
  if (typeof option === 'object') return layoutOfSplits(source, namedSplits(source, root, option));
  if (option === 'none') return { all: classesOf(childrenOf(unwrap(root))) };
  const base = baseOf(root);
  const parts = partsOf(base);
  if (hasSplits(parts)) return layoutOfSplits(source, splitFolders(source, parts));
  const classes = childrenOf(base);
  const layout = splitsBelowClasses(source, classes);
  if (layout) return layout;
  checkDistinct(source, classes);
  return { all: classesOf(classes) };
};
