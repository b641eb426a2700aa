import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from '@understory/core';

/** Data that a config could train on. */
export interface FoundData {
  /** The dataset's plugin. */
  readonly plugin: 'images' | 'voc';
  /** Folder or archive, from the folder that was looked into; `.` for that itself. */
  readonly root: string;
  /** Folders of classes, where the folder that was looked into holds them beside other things. */
  readonly classes?: readonly string[];
}

const IMAGE = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif)$/i;
const ARCHIVE = /\.(tar|tar\.gz|tgz|zip)$/i;
/** Folders that are never data of their own. */
const OTHER = new Set(['node_modules', 'runs', 'results', 'dist']);
const SPLIT = /^(train(ing)?|val(id(ation)?)?|test(ing)?)$/i;
/** Names that are looked at in a folder. */
const MOST = 5000;

interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

const list = async (folder: string): Promise<Listing> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError('read', folder, error);
  });
  const seen = entries.slice(0, MOST).filter(({ name }) => !name.startsWith('.'));
  const [folders, files]: [string[], string[]] = [[], []];
  for (const entry of seen) {
    const { name } = entry;
    // Data may lie on another disk, behind a link, as the datasets read them. One that cannot be followed is no data, and may
    // lie beside some that is: it ends no search.
    const what = entry.isSymbolicLink() ? await stat(path.join(folder, name)).catch(() => undefined) : entry;
    if (what?.isDirectory() && !OTHER.has(name)) folders.push(name);
    if (what?.isFile()) files.push(name);
  }
  return { folders: folders.sort(), files: files.sort() };
};

const hasImages = async (folder: string): Promise<boolean> =>
  (await list(folder)).files.some((f) => IMAGE.test(f));

/** Folders below that hold images, each of them a class. */
const classFolders = async (folder: string, names: readonly string[]): Promise<string[]> => {
  const found: string[] = [];
  for (const name of names) if (await hasImages(path.join(folder, name))) found.push(name);
  return found;
};

/** Whether a folder holds class folders: itself, or in folders of the splits. */
const isImages = async (folder: string, { folders }: Listing): Promise<boolean> => {
  if ((await classFolders(folder, folders)).length >= 2) return true;
  const split = folders.find((name) => SPLIT.test(name));
  if (split === undefined) return false;
  const inside = path.join(folder, split);
  return (await classFolders(inside, (await list(inside)).folders)).length >= 2;
};

const isVoc = ({ folders }: Listing): boolean =>
  ['Annotations', 'JPEGImages'].every((f) => folders.includes(f));

const kindOf = async (folder: string): Promise<FoundData['plugin'] | undefined> => {
  const listing = await list(folder);
  if (isVoc(listing)) return 'voc';
  return (await isImages(folder, listing)) ? 'images' : undefined;
};

/** What a path holds, by its look. */
export const dataAt = async (root: string): Promise<FoundData | undefined> => {
  if (ARCHIVE.test(root)) return { plugin: 'images', root };
  const plugin = await kindOf(root);
  return plugin && { plugin, root };
};

/**
 * Data in a folder: folders of class folders or of Pascal VOC's, and archives; where there are none, class folders of the folder
 * itself. What they hold is only looked at, so opening them may still fail.
 */
export const findData = async (folder: string): Promise<FoundData[]> => {
  const { folders, files } = await list(folder);
  const found: FoundData[] = [];
  for (const name of folders) {
    const plugin = await kindOf(path.join(folder, name));
    if (plugin) found.push({ plugin, root: name });
  }
  found.push(...files.filter((f) => ARCHIVE.test(f)).map((root): FoundData => ({ plugin: 'images', root })));
  if (found.length > 0) return found;
  const classes = await classFolders(folder, folders);
  return classes.length >= 2 ? [{ plugin: 'images', root: '.', classes }] : [];
};
