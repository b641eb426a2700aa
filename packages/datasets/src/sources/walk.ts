import { badDataset } from '../errors.ts';
import { isHidden, type LeftPath } from './fileSource.ts';

/** Which links are followed: all of them, those that stay inside the source, or none. */
export type Links = 'follow' | 'inside' | 'refuse';

/** What a folder of a store holds under one name. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Where the store keeps it. */
  readonly at: string;
  /** Its place in an archive: files are listed in that order. */
  readonly order?: number;
}

/** Where a link leads in the end. */
export interface Target {
  readonly kind: 'file' | 'folder';
  readonly at: string;
  readonly isInside: boolean;
}

/** A tree of folders, on disk or in an archive. */
export interface Store {
  readonly name: string;
  readonly root: string;
  list(folder: string): Promise<readonly Entry[]>;
  /** The target, or why there is none. */
  follow(link: string): Promise<Target | string>;
}

export interface WalkedFile {
  readonly path: string;
  readonly at: string;
  readonly fault?: string;
  readonly isFolder?: boolean;
  readonly leadsTo?: string;
  readonly order: number;
}

export interface Walked {
  readonly files: WalkedFile[];
  readonly folders: string[];
  readonly leftOut: LeftPath[];
}

/** A folder on the way down. */
interface WalkedFolder {
  readonly path: string;
  readonly at: string;
  /** The folders that it lies in, as the store has them. */
  readonly above: readonly string[];
  readonly leadsTo?: string | undefined;
  readonly order?: number | undefined;
}

/** More links than this to one folder are a trap: a few folders that hold links to each other make billions of paths. */
const MAX_VISITS = 100;
export const LINKS_CURE = 'The option links says which are followed: follow, inside or refuse';

/** Why a link is not followed under this rule, or undefined where it is. */
const refusal = (target: Target, links: Links): string | undefined => {
  if (links === 'refuse') return `a link to ${target.at}`;
  return links === 'inside' && !target.isInside
    ? `a link that leads out of the dataset, to ${target.at}`
    : undefined;
};

/** A link to nothing could be a whole class, which must not vanish among bad images. */
const mayBeFolder = (name: string): boolean => !/\.[a-z0-9]{1,5}$/i.test(name);

/** A walk under way. */
interface Walk extends Walked {
  readonly store: Store;
  readonly links: Links;
  /** How often each folder was listed. */
  readonly visits: Map<string, number>;
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [key in K]?: T });

const takeLink = async (walk: Walk, entry: Entry, path: string, folder: WalkedFolder): Promise<void> => {
  const target = await walk.store.follow(entry.at);
  const order = folder.order ?? entry.order;
  const fault = typeof target === 'string' ? target : refusal(target, walk.links);
  if (typeof target === 'string' || fault !== undefined) {
    const isFolder = typeof target === 'string' ? mayBeFolder(entry.name) : target.kind === 'folder';
    walk.files.push({ path, at: entry.at, order: order ?? 0, ...optional('fault', fault), isFolder });
    return;
  }
  const { kind, at, isInside } = target;
  const leadsTo = folder.leadsTo ?? (isInside ? undefined : at);
  if (kind === 'folder') await visit(walk, { path, at, above: [...folder.above, folder.at], leadsTo, order });
  else walk.files.push({ path, at, order: order ?? 0, ...optional('leadsTo', leadsTo) });
};

const take = async (walk: Walk, entry: Entry, folder: WalkedFolder): Promise<void> => {
  const { leadsTo } = folder;
  const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
  if (isHidden(entry.name)) walk.leftOut.push({ path, reason: 'hidden' });
  else if (entry.kind === 'link') await takeLink(walk, entry, path, folder);
  else if (entry.kind === 'folder')
    await visit(walk, { ...folder, path, at: entry.at, above: [...folder.above, folder.at] });
  else {
    const fault = entry.kind === 'other' ? 'a device or pipe' : undefined;
    const order = folder.order ?? entry.order ?? 0;
    walk.files.push({
      path,
      at: entry.at,
      order,
      ...optional('fault', fault),
      ...optional('leadsTo', leadsTo),
    });
  }
};

const visit = async (walk: Walk, folder: WalkedFolder): Promise<void> => {
  const { store, visits, folders, leftOut } = walk;
  const { path, at, above } = folder;
  if (above.includes(at)) {
    leftOut.push({ path, reason: 'a link into a folder that it lies in' });
    return;
  }
  const count = (visits.get(at) ?? 0) + 1;
  visits.set(at, count);
  if (count > MAX_VISITS)
    throw badDataset(store.name, `more than ${MAX_VISITS} links lead to its folder ${at}. ${LINKS_CURE}`);
  if (path !== '') folders.push(path);
  const entries = [...(await store.list(at))].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) await take(walk, entry, folder);
};

/**
 * Lists a store from its root: names in code point order, an archive's files in its own. Links are followed as `links`
 * says: one that is not followed is a file with a fault, one that leads round in a circle is left out and named.
 * Errors: `bad-dataset`.
 */
export const walk = async (store: Store, links: Links): Promise<Walked> => {
  const found: Walk = { store, links, visits: new Map(), files: [], folders: [], leftOut: [] };
  await visit(found, { path: '', at: store.root, above: [] });
  const { files, folders, leftOut } = found;
  return { files: files.sort((a, b) => a.order - b.order), folders, leftOut };
};
