import { UnderstoryError } from '@understory/core';
import { shortPath } from '../errors.ts';
import { EMPTY, type FileSource } from '../sources/fileSource.ts';

/** Largest annotation file of one image, in bytes. */
export const MAX_TEXT = 2 ** 24;

/** Why an annotation file cannot be read: the reason alone, a place in it included. */
export const badAnnotation = (reason: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError('bad-annotation', reason, cause === undefined ? {} : { cause });

/** The bytes of a file of a source, which may be none. */
export const bytesOf = async (source: FileSource, index: number): Promise<Uint8Array> => {
  const fault = source.files[index]?.fault;
  if (fault === EMPTY) return new Uint8Array();
  if (fault !== undefined) throw badAnnotation(fault);
  try {
    return await source.read(index);
  } catch (error) {
    if (error instanceof UnderstoryError && error.message === EMPTY) return new Uint8Array();
    throw error;
  }
};

const BOMS: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** What a file of text is written in, by its first bytes or its XML declaration. */
const encodingOf = (bytes: Uint8Array): string => {
  const marked = BOMS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  if (marked) return marked[0];
  const head = String.fromCharCode(...bytes.subarray(0, 128));
  return /^<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1] ?? 'utf-8';
};

/** The text of an annotation file. Errors: `bad-annotation`. */
export const textOf = (bytes: Uint8Array): string => {
  if (bytes.length > MAX_TEXT)
    throw badAnnotation(`larger than ${MAX_TEXT / 2 ** 20} MB, as no annotation of one image is`);
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw badAnnotation(`not text in ${encoding.slice(0, 20)}; save it as UTF-8`, error);
  }
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NO_NUMBER = /^[+-]?(nan|inf|infinity)$/i;

/** A number as annotation tools write it; NaN also for infinities, undefined for anything else. */
export const numberOf = (text: string): number | undefined => {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return Number(trimmed);
  return NO_NUMBER.test(trimmed) ? NaN : undefined;
};

/** What is read of a file of the whole dataset; an error names the file. */
export const namingFile = async <T>(
  source: FileSource,
  index: number,
  read: () => Promise<T>,
): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    const path = shortPath(source.files[index]?.path ?? '');
    const text = `Cannot read ${path} in ${shortPath(source.name, 32)}: ${error.message}.`;
    throw new UnderstoryError('bad-annotation', text, { cause: error });
  }
};

/** An error that names the file of a source which annotates one image. */
export const inFile = (source: FileSource, index: number, error: unknown): UnderstoryError => {
  const reason = error instanceof Error ? error.message : String(error);
  const path = shortPath(source.files[index]?.path ?? '');
  return new UnderstoryError(
    'bad-annotation',
    `Cannot read ${path} in ${shortPath(source.name, 32)}: ${reason}. Repair or remove it, or set the dataset's option onBadAnnotation to "skip": its image is left out and counted.`,
    { cause: error },
  );
};
