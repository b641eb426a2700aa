import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, UnderstoryError } from '@understory/core';
import {
  fromRandomAccessReaderPromise,
  openPromise,
  RandomAccessReader,
  type Entry,
  type ZipFile,
} from 'yauzl';
import { badArchive } from '../errors.ts';
import { archiveSource, cleanPath, type Member } from './archiveSource.ts';
import { memoryBytes, type Bytes } from './bytes.ts';
import { HEAD, MAX_ENCODED, type FileSource } from './fileSource.ts';
import type { ArchiveBytes } from './tarSource.ts';
import type { Links } from './walk.ts';

const MAX_ENTRIES = 2_000_000;
const MAX_TARGET = 4096;
const PIECE = 2 ** 16;
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

const badZip = (name: string, error: unknown): UnderstoryError => {
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, 120);
  return badArchive(
    name,
    /^(invalid relative path|absolute path|invalid characters)/.test(reason)
      ? `it names a path that leads out of it (${reason})`
      : `its zip archive is damaged or cut off (${reason}); download it again, or unpack it and give the folder`,
  );
};

const isWhole = (bytes: Buffer, entry: Entry): boolean =>
  bytes.length === entry.uncompressedSize && crc32(bytes) === entry.crc32;

/** Unfolds a file up to `most` bytes; its header is not believed. */
const unfold = async (zip: ZipFile, entry: Entry, most: number): Promise<Buffer> => {
  const stream = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most);
};

const damaged = (why: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError('bad-image', `damaged in the archive ${why}`, cause === undefined ? {} : { cause });

const readFile = async (zip: ZipFile, entry: Entry): Promise<Uint8Array> => {
  try {
    const bytes = await unfold(zip, entry, MAX_ENCODED);
    if (isWhole(bytes, entry)) return bytes;
  } catch (error) {
    throw damaged(`(${(error as Error).message})`, error);
  }
  throw damaged('(its checksum is wrong)');
};

async function* piecesOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let [length, checksum] = [0, 0];
  try {
    for await (const piece of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      length += piece.length;
      checksum = crc32(piece, checksum);
      yield piece;
    }
  } catch (error) {
    throw damaged(`(${(error as Error).message})`, error);
  }
  if (length !== entry.uncompressedSize || checksum !== entry.crc32) throw damaged('(its checksum is wrong)');
}

/** Most memory for files that are read at any place, in bytes. */
const MAX_UNFOLDED = 2 ** 30;

/** Opens files at any place. One that is compressed has none: it is unfolded once, and kept. */
const unfolding = (zip: ZipFile): ((entry: Entry) => Promise<Bytes>) => {
  const unfolded = new Map<Entry, Promise<Bytes>>();
  let room = MAX_UNFOLDED;
  return (entry) => {
    const known = unfolded.get(entry);
    if (known) return known;
    if ((room -= entry.uncompressedSize) < 0)
      throw damaged('(files of over 1 GB are read in parts); unpack the zip and give the folder');
    const whole = readFile(zip, entry).then(memoryBytes);
    unfolded.set(entry, whole);
    return whole;
  };
};

const faultOf = (entry: Entry): string | undefined => {
  if (entry.isEncrypted()) return 'encrypted; unpack the zip with its password and give the folder';
  return entry.compressionMethod === 0 || entry.compressionMethod === 8
    ? undefined
    : `compressed by method ${entry.compressionMethod}; unpack the zip and give the folder`;
};

const memberOf = async (zip: ZipFile, entry: Entry): Promise<Member<Entry>> => {
  if (entry.fileName.endsWith('/')) return { kind: 'folder' };
  const fault = faultOf(entry);
  const isLink = ((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK;
  if (isLink && fault === undefined && entry.uncompressedSize <= MAX_TARGET)
    return { kind: 'link', target: (await unfold(zip, entry, MAX_TARGET)).toString() };
  return { kind: 'file', data: entry, size: entry.uncompressedSize, ...(fault && { fault }) };
};

const membersOf = async (name: string, zip: ZipFile): Promise<Map<string, Member<Entry>>> => {
  if (zip.entryCount > MAX_ENTRIES) throw badArchive(name, `it claims ${zip.entryCount} files`);
  const members = new Map<string, Member<Entry>>();
  for await (const entry of zip.eachEntry())
    members.set(cleanPath(name, entry.fileName), await memberOf(zip, entry));
  return members;
};

const sourceOf = async (
  zip: ZipFile,
  { name, stamp }: Pick<ArchiveBytes, 'name' | 'stamp'>,
  links: Links,
): Promise<FileSource> =>
  archiveSource<Entry>({
    name,
    members: await membersOf(name, zip),
    links,
    stamp,
    bytes: {
      read: (entry) => readFile(zip, entry),
      chunks: (entry) => piecesOf(zip, entry),
      open: unfolding(zip),
      head: (entry) => unfold(zip, entry, HEAD),
      close() {
        zip.close();
        return Promise.resolve();
      },
    },
  });

const opened = async (
  about: Pick<ArchiveBytes, 'name' | 'stamp'>,
  links: Links,
  open: () => Promise<ZipFile>,
): Promise<FileSource> => {
  let zip: ZipFile | undefined;
  try {
    zip = await open();
    return await sourceOf(zip, about, links);
  } catch (error) {
    zip?.close();
    throw error instanceof UnderstoryError ? error : badZip(about.name, error);
  }
};

const ZIP_OPTIONS = { autoClose: false, validateEntrySizes: true };

/** Opens a zip by its directory; a file is unfolded when it is read, 256 MB at most. Errors: `bad-archive`. */
export const zipSource = async (name: string, links: Links): Promise<FileSource> => {
  const { size, mtimeMs } = await stat(name);
  return opened({ name, stamp: `${size}:${mtimeMs}` }, links, () => openPromise(name, ZIP_OPTIONS));
};

class BytesReader extends RandomAccessReader {
  constructor(private readonly bytes: Bytes) {
    super();
  }

  /** Entries of the directory are read one by one: without a stream for each. */
  // eslint-disable-next-line max-params -- yauzl's own signature
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    this.bytes.read(position, length).then((data) => {
      buffer.set(data, offset);
      done(data.length < length ? new Error('unexpected end of file') : null);
    }, done);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const { bytes } = this;
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = start; at < end; at += PIECE) yield await bytes.read(at, Math.min(PIECE, end - at));
    };
    return Readable.from(pieces(), { objectMode: false });
  }
}

/** A zip in bytes of any place, which the source closes. Errors: `bad-archive`. */
export const zipOf = async (archive: ArchiveBytes, links: Links): Promise<FileSource> => {
  const { bytes } = archive;
  const open = (): Promise<ZipFile> =>
    fromRandomAccessReaderPromise(new BytesReader(bytes), bytes.length, ZIP_OPTIONS);
  const source = await opened(archive, links, open);
  return {
    ...source,
    async close() {
      await source.close();
      await bytes.close();
    },
  };
};
