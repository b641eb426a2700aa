import { badDataset, shortNames } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';
import type { Pictures } from './idxPictures.ts';

const MAX_MAPPING = 2 ** 16;

/** What EMNIST's labels stand for: lines of a label and the codes of its characters. */
const mappingOf = async (source: FileSource, index: number): Promise<ReadonlyMap<number, string>> => {
  const path = source.files[index]?.path ?? '';
  const text = new TextDecoder().decode(await (await source.open(index)).read(0, MAX_MAPPING));
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [label, ...codes] = line.trim().split(/\s+/).map(Number);
    const isCode = (code: number): boolean => Number.isInteger(code) && code > 0 && code <= 0x10ffff;
    if (label === undefined || !Number.isInteger(label) || codes.length === 0 || !codes.every(isCode))
      throw badDataset(
        source.name,
        `${path} has a line ${JSON.stringify(line.slice(0, 30))}; expected a label and character codes. Remove the file, or correct it`,
      );
    names.set(label, String.fromCodePoint(...codes));
  }
  return names;
};

const distinct = (labels: Uint8Array): number[] => {
  const have = new Uint8Array(256);
  for (const label of labels) have[label] = 1;
  return Array.from(have.keys()).filter((label) => have[label] === 1);
};

const namesOf = async (
  source: FileSource,
  known: readonly number[],
  names: readonly string[] | undefined,
  mapping: number | undefined,
): Promise<string[]> => {
  if (names && names.length !== known.length)
    throw badDataset(
      source.name,
      `the option classes names ${names.length} classes, and its training images have ${known.length} labels (${shortNames(known.map(String))})`,
    );
  if (names) return [...names];
  if (mapping === undefined) return known.map(String);
  const map = await mappingOf(source, mapping);
  return known.map((label) => map.get(label) ?? String(label));
};

export interface LabelClasses {
  readonly classes: readonly string[];
  /** [N], class of each picture. */
  readonly labels: Int32Array;
}

/** The classes: labels that the training images have, in ascending order. Errors: `bad-dataset` where others have more. */
export const classesOfLabels = async (
  source: FileSource,
  { train, all }: { readonly train: Pictures; readonly all: Pictures },
  names: readonly string[] | undefined,
  mapping: number | undefined,
): Promise<LabelClasses> => {
  const known = distinct(train.labels);
  const strange = distinct(all.labels).filter((label) => !known.includes(label));
  if (strange.length > 0)
    throw badDataset(
      source.name,
      `its test images have the label ${shortNames(strange.map(String))}, which no training image has. Download it again`,
    );
  const classAt = new Int32Array(256);
  known.forEach((label, at) => (classAt[label] = at));
  const classes = await namesOf(source, known, names, mapping);
  return { classes, labels: Int32Array.from(all.labels, (label) => classAt[label]!) };
};
