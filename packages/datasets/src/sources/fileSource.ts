import type { Bytes } from './bytes.ts';

/** A file of a source, or what stands in place of one. */
export interface SourceFile {
  /** From the source's root, with `/`, without a leading one. */
  readonly path: string;
  /** Where its bytes lie in the end, behind all links; two paths of one place are one file. */
  readonly at?: string;
  /** Why it cannot be read, known before reading: an empty file, a link to nothing. */
  readonly fault?: string;
  /** Whether it stands for a folder, or may: a link that was not followed. */
  readonly isFolder?: boolean;
  /** Where the link leads by which it is reached, if that lies outside the source. */
  readonly leadsTo?: string;
}

/** A path of a source that is no sample, and why. */
export interface LeftPath {
  readonly path: string;
  readonly reason: string;
}

/** Files of a folder or an archive. Nothing is ever written. */
export interface FileSource {
  /** For people: the path that was opened. */
  readonly name: string;
  readonly files: readonly SourceFile[];
  /** All folders, so that empty ones are seen. */
  readonly folders: readonly string[];
  /** What was not listed: hidden files, links that lead round in a circle. */
  readonly leftOut: readonly LeftPath[];
  /** The bytes of `files[index]`. */
  read(index: number): Promise<Uint8Array>;
  /** How many bytes it has. */
  size(index: number): Promise<number>;
  /** Its bytes in pieces, however many. */
  chunks(index: number): AsyncIterable<Uint8Array>;
  /** Its bytes at any place: in place where it lies as it is, in memory (256 MB at most) where it must be unfolded. */
  open(index: number): Promise<Bytes>;
  /** Its first bytes, `HEAD` at most. */
  head(index: number): Promise<Uint8Array>;
  /** Changes when the file does. */
  stamp(index: number): Promise<string>;
  close(): Promise<void>;
}

/** Bytes that tell what a file is. */
export const HEAD = 512;
/** Largest encoded file that is read, in bytes. */
export const MAX_ENCODED = 2 ** 28;
export const TOO_LARGE = `larger than ${MAX_ENCODED / 2 ** 20} MB`;
export const EMPTY = 'an empty file';

const SYSTEM_FILES = new Set([
  ...['__MACOSX', 'Thumbs.db', 'ehthumbs.db', 'desktop.ini', '@eaDir'],
  ...['$RECYCLE.BIN', 'System Volume Information', 'lost+found'],
]);

/** Names that operating systems leave behind, and dot files. */
export const isHidden = (name: string): boolean => name.startsWith('.') || SYSTEM_FILES.has(name);
