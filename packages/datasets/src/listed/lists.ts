import { bytesOf, badAnnotation, namingFile, textOf } from '../boxes/annotationText.ts';
import { badDataset, shortPath } from '../errors.ts';
import { readMat } from '../mat/readMat.ts';
import type { MatFile } from '../mat/values.ts';
import type { FileSource } from '../sources/fileSource.ts';

const isNamed = (path: string, name: string): boolean => path === name || path.endsWith(`/${name}`);

/** The file whose path ends with a name; undefined where there is none. Errors: `bad-dataset` where there are two. */
export const findList = (source: FileSource, name: string): number | undefined => {
  const [one, second] = source.files.flatMap(({ path }, i) => (isNamed(path, name) ? [i] : []));
  if (one === undefined || second === undefined) return one;
  const paths = [one, second].map((i) => shortPath(source.files[i]?.path ?? '', 48));
  throw badDataset(
    source.name,
    `it holds ${name} twice: ${paths.join(' and ')}. Give the folder of one of them`,
  );
};

/** The file whose path ends with a name. Errors: `bad-dataset`, with `cure`. */
export const needList = (source: FileSource, name: string, cure: string): number => {
  const index = findList(source, name);
  if (index === undefined) throw badDataset(source.name, `it holds no ${name}. ${cure}`);
  return index;
};

/** A line of a list that says something, with its number from 1 on. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

export const badLine = ({ number, text }: Line, why: string): Error =>
  badAnnotation(`line ${number}, ${JSON.stringify(shortPath(text, 60))}, ${why}`);

/** The longest lists of the field have a tenth. */
const MAX_LINES = 500_000;

/** Reads a list of lines; what `read` throws names the file. Errors: `bad-annotation`. */
export const readLines = <T>(
  source: FileSource,
  index: number,
  read: (lines: readonly Line[]) => T,
): Promise<T> =>
  namingFile(source, index, async () => {
    const texts = textOf(await bytesOf(source, index)).split(/\r?\n/);
    if (texts.length > MAX_LINES)
      throw badAnnotation(`it has ${texts.length} lines, more than lists of images have`);
    return read(
      texts.flatMap((text, i) => (text.trim() === '' ? [] : [{ number: i + 1, text: text.trim() }])),
    );
  });

/** Reads a MATLAB file; what `read` throws names the file. Errors: `bad-annotation`. */
export const readVariables = <T>(source: FileSource, index: number, read: (file: MatFile) => T): Promise<T> =>
  namingFile(source, index, async () => read(readMat(await bytesOf(source, index))));

/** What stands behind the first blank of a line, by what stands before it. */
export type Keyed<T> = ReadonlyMap<string, T>;

/**
 * Lines `key value`, each key once; values may hold blanks. Errors: `bad-annotation`, with the line, for all that `parse`
 * refuses by giving a text.
 */
export const keyed = <T>(
  lines: readonly Line[],
  parse: (value: string, key: string) => T | Refused,
): Keyed<T> => {
  const values = new Map<string, T>();
  for (const line of lines) {
    const [, key = '', value] = /^(\S+)\s+(.*)$/.exec(line.text) ?? [];
    if (value === undefined) throw badLine(line, 'has one word, and two were expected');
    if (values.has(key)) throw badLine(line, `names ${shortPath(key, 40)} a second time`);
    const parsed = parse(value, key);
    if (parsed instanceof Refused) throw badLine(line, parsed.why);
    values.set(key, parsed);
  }
  return values;
};

/** Why the value of a line means nothing. */
export class Refused {
  constructor(readonly why: string) {}
}

/** Whole numbers from 1 to `most`, as positions from 0 on. */
export const position = (text: string, most: number, what: string): number | Refused => {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return number >= 1 && number <= most ? number - 1 : new Refused(`names ${what} outside of 1 … ${most}`);
};
