import { badArchive, shortPath } from '../errors.ts';
import type { Bytes } from './bytes.ts';
import { EMPTY, MAX_ENCODED, TOO_LARGE, type FileSource } from './fileSource.ts';
import { walk, type Entry, type Links, type Store, type Target } from './walk.ts';

/** What an archive holds under one path; `data` says where a file's bytes lie. */
export type Member<T> =
  | { readonly kind: 'file'; readonly data: T; readonly size: number; readonly fault?: string }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'other'; readonly fault: string };

/** How bytes of an archive are read. */
interface ArchiveReading<T> {
  read(data: T): Promise<Uint8Array>;
  chunks(data: T): AsyncIterable<Uint8Array>;
  head(data: T): Promise<Uint8Array>;
  open(data: T): Promise<Bytes>;
  close(): Promise<void>;
}

export interface Archive<T> {
  readonly name: string;
  /** Members by clean path, in the archive's order. */
  readonly members: ReadonlyMap<string, Member<T>>;
  readonly links: Links;
  readonly stamp: string;
  readonly bytes: ArchiveReading<T>;
}

const MAX_DEPTH = 128;
const MAX_HOPS = 40;
const OUT = 'a link that leads out of the archive';

/** `./a//b/` → `a/b`. A path that climbs or starts at the root is refused: no honest archive of images has one. */
export const cleanPath = (archive: string, path: string): string => {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.includes('..') || path.includes('\0')) {
    throw badArchive(archive, `it names ${JSON.stringify(shortPath(path))}, a path that leads out of it`);
  }
  if (parts.length > MAX_DEPTH) throw badArchive(archive, `it has folders ${parts.length} deep`);
  return parts.join('/');
};

/** Entries of each folder, with the folders that no member names. */
const foldersOf = <T>(name: string, members: ReadonlyMap<string, Member<T>>): Map<string, Entry[]> => {
  const folders = new Map<string, Entry[]>([['', []]]);
  const known = new Map<string, Entry['kind']>();
  let order = 0;
  const add = (path: string, kind: Entry['kind']): void => {
    const before = known.get(path);
    if (before === kind) return;
    if (before !== undefined)
      throw badArchive(name, `it names ${JSON.stringify(shortPath(path))} as file and as folder`);
    const cut = path.lastIndexOf('/');
    const parent = path.slice(0, Math.max(0, cut));
    if (parent !== '') add(parent, 'folder');
    known.set(path, kind);
    if (kind === 'folder') folders.set(path, []);
    folders.get(parent)!.push({ name: path.slice(cut + 1), kind, at: path, order: order++ });
  };
  for (const [path, { kind }] of members) if (path !== '') add(path, kind);
  return folders;
};

/** Follows a path from the archive's root, through the links on its way. */
const resolve = <T>(
  members: ReadonlyMap<string, Member<T>>,
  folders: ReadonlyMap<string, unknown>,
  link: string,
): Target | string => {
  let hops = 0;
  const go = (from: readonly string[], target: string): string[] | string => {
    if (target.startsWith('/')) return OUT;
    let at = [...from];
    for (const part of target.split('/')) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        if (at.length === 0) return OUT;
        at = at.slice(0, -1);
        continue;
      }
      const member = members.get([...at, part].join('/'));
      if (member?.kind !== 'link') at = [...at, part];
      else {
        if (++hops > MAX_HOPS) return 'a link that leads to itself';
        const next = go(at, member.target);
        if (typeof next === 'string') return next;
        at = next;
      }
    }
    return at;
  };
  const parts = go([], link);
  if (typeof parts === 'string') return parts;
  const at = parts.join('/');
  if (folders.has(at)) return { kind: 'folder', at, isInside: true };
  return members.get(at)?.kind === 'file' ? { kind: 'file', at, isInside: true } : 'a link to nothing';
};

const faultOf = <T>(member: Member<T> | undefined): string | undefined => {
  if (member?.kind !== 'file') return member?.kind === 'other' ? member.fault : undefined;
  if (member.fault !== undefined) return member.fault;
  if (member.size === 0) return EMPTY;
  return member.size > MAX_ENCODED ? TOO_LARGE : undefined;
};

/** What an archive lists, and where the bytes of each file lie; what else was needed to find that out is let go. */
interface ArchiveListing<T> extends Pick<FileSource, 'files' | 'folders' | 'leftOut'> {
  readonly data: readonly (T | undefined)[];
  readonly sizes: Float64Array;
}

const listingOf = async <T>({ name, members, links }: Archive<T>): Promise<ArchiveListing<T>> => {
  const entries = foldersOf(name, members);
  const store: Store = {
    name,
    root: '',
    list: (folder) => Promise.resolve(entries.get(folder) ?? []),
    follow: (link) => Promise.resolve(resolve(members, entries, link)),
  };
  const { files, folders, leftOut } = await walk(store, links);
  const found = files.map(({ at }) => {
    const member = members.get(at);
    return member?.kind === 'file' ? member : undefined;
  });
  return {
    folders,
    leftOut,
    data: found.map((member) => member?.data),
    sizes: Float64Array.from(found, (member) => member?.size ?? 0),
    files: files.map(({ path, at, isFolder, fault: walked }) => {
      const fault = faultOf(members.get(at)) ?? walked;
      return { path, at, ...(fault && { fault }), ...(isFolder && { isFolder }) };
    }),
  };
};

/** An archive whose members are known, as a source: links inside it are followed, none ever leads out. */
export const archiveSource = async <T>(archive: Archive<T>): Promise<FileSource> => {
  const { data, sizes, ...listing } = await listingOf(archive);
  const { name, stamp, bytes } = archive;
  const dataOf = (index: number): T => {
    const found = data[index];
    if (found !== undefined) return found;
    throw badArchive(name, `its entry ${index} is no file`);
  };
  return {
    name,
    ...listing,
    read: async (index) => bytes.read(dataOf(index)),
    size: (index) => Promise.resolve(sizes[index] ?? 0),
    chunks: (index) => bytes.chunks(dataOf(index)),
    open: async (index) => bytes.open(dataOf(index)),
    head: async (index) => bytes.head(dataOf(index)),
    stamp: () => Promise.resolve(stamp),
    close: () => bytes.close(),
  };
};
