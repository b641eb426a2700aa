/** A file of a source, or what stands in place of one. */
export interface SourceFile {
  /** From the source's root, with `/`, without a leading one. */
  readonly path: string;
  /** Why it cannot be read, known before reading: an empty file, a link that leads out. */
  readonly fault?: string;
}

/** Files of a folder or an archive. Nothing is ever written, and nothing outside is read. */
export interface FileSource {
  /** For people: the path that was opened. */
  readonly name: string;
  readonly files: readonly SourceFile[];
  /** All folders, so that empty ones are seen. */
  readonly folders: readonly string[];
  /** The bytes of `files[index]`. */
  read(index: number): Promise<Uint8Array>;
  /** Changes when the file does. */
  stamp(index: number): Promise<string>;
  close(): Promise<void>;
}

/** Largest encoded file that is read, in bytes. */
export const MAX_ENCODED = 2 ** 28;
export const TOO_LARGE = `larger than ${MAX_ENCODED / 2 ** 20} MB`;
export const EMPTY = 'an empty file';

/** Names that operating systems leave behind, and dot files, at any depth. */
export const isHidden = (path: string): boolean =>
  path.split('/').some((name) => name.startsWith('.') || name === '__MACOSX' || name === 'Thumbs.db');
