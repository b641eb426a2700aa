import type { SplitName } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../../errors.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { bytesOf, textOf } from '../annotationText.ts';
import type { ParsedVocOptions } from './options.ts';

const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];
const LIST = /^(?:(.*)\/)?ImageSets\/Main\/([^/]+)\.txt$/i;

/** A list of images in ImageSets/Main: its name without ending, and the folder that holds ImageSets. */
interface List {
  readonly index: number;
  readonly base: string;
  readonly name: string;
}

const listsIn = (source: FileSource): List[] =>
  source.files.flatMap(({ path }, index) => {
    const [, base = '', name] = LIST.exec(path) ?? [];
    return name === undefined ? [] : [{ index, base, name }];
  });

/** Which lists are which split where nothing is said: in each folder train and val, or trainval alone, and test. */
const autoLists = (lists: readonly List[]): Map<SplitName, List[]> => {
  const of = (name: string): List[] => lists.filter((list) => list.name === name);
  const [train, val] = [of('train'), of('val')];
  const halved = new Set(val.map(({ base }) => base));
  // Where there is no list of train images, or none to choose by, trainval is what is trained on.
  const whole = of('trainval').filter(
    ({ base }) => !halved.has(base) || !train.some((list) => list.base === base),
  );
  const joined = new Set(whole.map(({ base }) => base));
  return new Map<SplitName, List[]>([
    ['train', [...train.filter(({ base }) => !joined.has(base)), ...whole]],
    ['validation', val.filter(({ base }) => !joined.has(base))],
    ['test', of('test')],
  ]);
};

const withBase = ({ base, name }: List): string => (base === '' ? name : `${base}/${name}`);

const namedList = (source: FileSource, lists: readonly List[], split: SplitName, wanted: string): List => {
  const clean = wanted.replace(/\.txt$/, '').replace('ImageSets/Main/', '');
  const found = lists.filter((list) => `/${withBase(list)}`.endsWith(`/${clean}`));
  const [one] = found;
  if (one && found.length === 1) return one;
  const known = (one ? found : lists).map(withBase);
  const problem = one
    ? `several lists ${JSON.stringify(shortPath(wanted, 40))}`
    : `no list ${JSON.stringify(shortPath(wanted, 40))} in ImageSets/Main`;
  throw badDataset(
    source.name,
    `it has ${problem}, which splits.${split} names. ${known.length > 0 ? `It has ${shortNames(known)}` : 'It has no lists at all'}`,
  );
};

const chosenLists = (source: FileSource, option: ParsedVocOptions['splits']): Map<SplitName, List[]> => {
  const lists = listsIn(source);
  if (option === 'none') return new Map();
  if (option === 'auto') return autoLists(lists);
  return new Map(
    SPLITS.map((split) => [
      split,
      [option[split] ?? []].flat().map((name) => namedList(source, lists, split, name)),
    ]),
  );
};

/** Ids of a list: the first word of each line; a line of a class's list that says −1 names an image without it. */
const idsOf = async (source: FileSource, { index }: List): Promise<string[]> => {
  const text = textOf(await bytesOf(source, index));
  return text.split(/\r?\n/).flatMap((line) => {
    const [id = '', flag] = line.trim().split(/\s+/);
    return id === '' || flag === '-1' ? [] : [id];
  });
};

/** Splits by the images' keys (`pairKey`), as the lists say; empty where there are none. Errors: `bad-dataset` where an image is in two splits. */
export const listedSplits = async (
  source: FileSource,
  option: ParsedVocOptions['splits'],
): Promise<Map<string, SplitName>> => {
  const splits = new Map<string, SplitName>();
  for (const [split, lists] of chosenLists(source, option)) {
    for (const list of lists) {
      for (const id of await idsOf(source, list)) {
        const key = list.base === '' ? id : `${list.base}/${id}`;
        const before = splits.get(key);
        if (before !== undefined && before !== split)
          throw badDataset(
            source.name,
            `image ${shortPath(id, 40)} is listed for ${before} and for ${split} (${shortPath(withBase(list), 40)}). Name lists that share none with the dataset's option splits`,
          );
        splits.set(key, split);
      }
    }
  }
  return splits;
};
