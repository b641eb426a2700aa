import { badArchive, shortPath } from '../errors.ts';
import type { Bytes } from './bytes.ts';
import { BLOCK, isZeroBlock, nameOf, paxRecords, tarHeader, type TarHeader } from './tarHeader.ts';

export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link' | 'hard link' | 'other';
  /** Where the data begins. */
  readonly offset: number;
  readonly size: number;
  /** Where a link leads: a hard link from the archive's root, another from its own folder. */
  readonly target: string;
}

/** Longest name or list of pax records that is read. */
const MAX_META = 2 ** 20;
/** Read at once: much where entries are small and lie together, little where a large one is jumped over. */
const WINDOW = 2 ** 20;
const PEEK = 4096;
const LARGE = 2 ** 16;

/** Reads blocks through a window, so that an archive of many small files is read in large pieces. */
const windowed = (bytes: Bytes): ((offset: number, length: number, ahead: number) => Promise<Uint8Array>) => {
  let start = 0;
  let window: Uint8Array = new Uint8Array(0);
  return async (offset, length, ahead) => {
    if (offset < start || offset + length > start + window.length) {
      start = offset;
      window = await bytes.read(offset, Math.max(length, ahead));
    }
    return window.subarray(offset - start, offset - start + length);
  };
};

/** What the headers before an entry say of it. */
interface Overrides {
  path?: string;
  target?: string;
  size?: number;
}

const META = ['x', 'L', 'K'];

const overridesOf = (type: string, data: Uint8Array): Overrides => {
  const text = (): string => nameOf(data).replace(/\0.*$/s, '');
  if (type === 'L') return { path: text() };
  if (type === 'K') return { target: text() };
  const records = paxRecords(data);
  const [path, target, size] = ['path', 'linkpath', 'size'].map((key) => records.get(key));
  return {
    ...(path !== undefined && { path }),
    ...(target !== undefined && { target }),
    ...(size !== undefined && { size: Number(size) }),
  };
};

const KINDS: Readonly<Record<string, TarEntry['type']>> = {
  0: 'file',
  1: 'hard link',
  2: 'link',
  5: 'folder',
};

const entryOf = ({ path, size, type, target }: TarHeader, offset: number): TarEntry => {
  const kind = type === '0' && path.endsWith('/') ? 'folder' : (KINDS[type] ?? 'other');
  return { path, type: kind, offset, size: kind === 'file' ? size : 0, target };
};

/** Told of an entry; `data` reads what it holds, together with its neighbours where they are small. */
export type TarVisitor = (entry: TarEntry, data: () => Promise<Uint8Array>) => void | Promise<void>;

/** Blocks that are looked at after an end mark: archives that were joined have a header there. */
const PADDING = 20;

/** Where the next header is after an end mark, in archives that were joined; undefined where nothing more comes. */
const nextArchive = async (bytes: Bytes, at: number): Promise<number | undefined> => {
  const rest = await bytes.read(at, PADDING * BLOCK);
  for (let from = 0; from + BLOCK <= rest.length; from += BLOCK) {
    const block = rest.subarray(from, from + BLOCK);
    if (!isZeroBlock(block)) return tarHeader(block) ? at + from : undefined;
  }
  return undefined;
};

const cutOff = (name: string, where: string, files: number): Error =>
  badArchive(
    name,
    `it is cut off ${where}, after ${files} whole file${files === 1 ? '' : 's'}; download it again, or unpack what there is (tar -xf) and give the folder`,
  );

/**
 * Goes through the headers of a tar in their order; several tars that were joined are read as one. Nothing is kept.
 * Errors: `bad-archive`, also where the end is missing: what was cut off cannot be known.
 */
export const scanTar = async (name: string, bytes: Bytes, visit: TarVisitor): Promise<void> => {
  if (bytes.length < BLOCK) throw badArchive(name, 'it is no tar archive: it is too small for one');
  const read = windowed(bytes);
  let files = 0;
  const cut = (where: string): Error => cutOff(name, where, files);
  let pending: Overrides = {};
  let ahead = WINDOW;
  for (let at = 0; ;) {
    const block = await read(at, BLOCK, ahead);
    if (block.length === 0) throw cut('before its end mark');
    if (block.length < BLOCK) throw cut('in the middle of a header');
    if (isZeroBlock(block)) {
      const next = await nextArchive(bytes, at + BLOCK);
      if (next === undefined) return;
      at = next;
      continue;
    }
    const header = tarHeader(block);
    if (!header) throw badArchive(name, `it is no tar archive, or is damaged at byte ${at}`);
    const offset = at + BLOCK;
    const isMeta = META.includes(header.type);
    const size = isMeta ? header.size : (pending.size ?? header.size);
    if (!(size >= 0 && offset + size <= bytes.length)) {
      throw cut(`in ${JSON.stringify(shortPath(pending.path ?? header.path))}`);
    }
    if (isMeta) {
      if (size > MAX_META) throw badArchive(name, `a name of ${size} bytes at byte ${at}`);
      pending = { ...pending, ...overridesOf(header.type, await read(offset, size, size)) };
    } else if (header.type !== 'g') {
      const entry = entryOf({ ...header, ...pending, size }, offset);
      if (entry.type === 'file') files++;
      await visit(entry, () => read(offset, size, size));
      pending = {};
    }
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    ahead = size > LARGE ? PEEK : WINDOW;
  }
};

/** Lists what a tar holds, in its order, without reading file data. Errors: `bad-archive`. */
export const tarIndex = async (name: string, bytes: Bytes): Promise<TarEntry[]> => {
  const entries: TarEntry[] = [];
  await scanTar(name, bytes, (entry) => void entries.push(entry));
  return entries;
};
