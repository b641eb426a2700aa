import { badArchive } from '../errors.ts';
import type { Bytes } from './bytes.ts';
import { BLOCK, isZeroBlock, paxRecords, tarHeader, type TarHeader } from './tarHeader.ts';

export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'folder' | 'other';
  /** Where the data begins. */
  readonly offset: number;
  readonly size: number;
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
  size?: number;
}

const overridesOf = (type: string, data: Uint8Array): Overrides => {
  if (type === 'L') return { path: new TextDecoder().decode(data).replace(/\0.*$/s, '') };
  const records = paxRecords(data);
  const path = records.get('path');
  const size = records.get('size');
  return { ...(path !== undefined && { path }), ...(size !== undefined && { size: Number(size) }) };
};

const entryOf = ({ path, size, type }: TarHeader, offset: number): TarEntry => {
  const kind =
    type === '5' || (type === '0' && path.endsWith('/')) ? 'folder' : type === '0' ? 'file' : 'other';
  return { path, type: kind, offset, size: kind === 'file' ? size : 0 };
};

/** Lists what a tar holds, in its order, without reading file data. Errors: `bad-archive`. */
export const tarIndex = async (name: string, bytes: Bytes): Promise<TarEntry[]> => {
  const read = windowed(bytes);
  const entries: TarEntry[] = [];
  let pending: Overrides = {};
  let ahead = WINDOW;
  for (let at = 0; at < bytes.length;) {
    const block = await read(at, BLOCK, ahead);
    if (block.length < BLOCK)
      throw badArchive(name, `it ends in the middle of a header after ${entries.length} entries`);
    if (isZeroBlock(block)) break;
    const header = tarHeader(block);
    if (!header) throw badArchive(name, `it is no tar archive, or is damaged at byte ${at}`);
    const offset = at + BLOCK;
    const isMeta = header.type === 'x' || header.type === 'L';
    const size = isMeta ? header.size : (pending.size ?? header.size);
    if (!(size >= 0 && offset + size <= bytes.length)) {
      throw badArchive(
        name,
        `it is cut off in ${JSON.stringify(pending.path ?? header.path)}; download it again`,
      );
    }
    if (isMeta) {
      if (size > MAX_META) throw badArchive(name, `a name of ${size} bytes at byte ${at}`);
      pending = { ...pending, ...overridesOf(header.type, await read(offset, size, size)) };
    } else if (!'gK'.includes(header.type)) {
      entries.push(entryOf({ ...header, ...pending, size }, offset));
      pending = {};
    }
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    ahead = size > LARGE ? PEEK : WINDOW;
  }
  return entries;
};
