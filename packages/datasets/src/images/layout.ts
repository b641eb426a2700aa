import { nearest, type SplitName } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../errors.ts';
import { checkClasses, checkSplit } from './checkFolders.ts';
import { childrenOf, folderAt, imagesIn, unwrap, wrapped, type Folder } from './folders.ts';
import type { ParsedImagesOptions } from './options.ts';
import type { ImageFile } from './findImages.ts';
import {
  classFolders,
  CURE,
  hasSplits,
  divideFolders,
  quoted,
  splitFolders,
  SPLITS,
} from './splitFolders.ts';

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

/** The first folder on the way down whose children are named like splits, or the last that only wraps. */
const baseOf = (folder: Folder): Folder => {
  const inner = hasSplits(divideFolders(folder)) ? undefined : wrapped(folder);
  return inner ? baseOf(inner) : folder;
};

/** `<class>/train/…`: the splits lie below each class. Undefined where they do not. Errors: `bad-dataset`. */
const splitsBelowClasses = (source: string, classes: readonly Folder[]): Layout | undefined => {
  const filled = classes.filter(({ count }) => count > 0);
  const holding = filled.filter((folder) => {
    const base = baseOf(folder);
    const divided = divideFolders(base);
    return hasSplits(divided) && divided.others.length === 0 && base.images.length === 0;
  });
  if (holding.length === 0) return undefined;
  if (holding.length < filled.length)
    throw badDataset(
      source,
      `${quoted(holding)} hold folders that look like splits, and ${quoted(filled.filter((f) => !holding.includes(f)))} do not. ${CURE}`,
    );
  const layout: Partial<Record<SplitName, Map<string, ImageFile[]>>> = {};
  for (const folder of holding) {
    for (const [split, part] of splitFolders(source, divideFolders(baseOf(folder)))) {
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

/** Finds the splits that folders make, however they are named and nested, or class folders alone. Errors: `bad-dataset`. */
export const layoutOf = (source: string, root: Folder, option: SplitsOption): Layout => {
  if (typeof option === 'object') return layoutOfSplits(source, namedSplits(source, root, option));
  if (option === 'none') return { all: classesOf(childrenOf(unwrap(root))) };
  const base = baseOf(root);
  const divided = divideFolders(base);
  if (hasSplits(divided)) {
    const folders = splitFolders(source, divided);
    const layout = layoutOfSplits(source, folders);
    for (const [split, folder] of folders) checkSplit(source, folder, classFolders(source, split, folder));
    return layout;
  }
  const classes = childrenOf(base);
  const layout = splitsBelowClasses(source, classes);
  if (layout) return layout;
  checkClasses(source, classes);
  return { all: classesOf(classes) };
};
