import type { SplitName } from '@understory/core';
import { splitOfFolders } from '../boxes/pairs.ts';
import { badDataset, shortNames, shortPath } from '../errors.ts';
import type { ItemSplit } from '../images/listItems.ts';
import { splitOfName } from '../images/names.ts';
import { EMPTY, type FileSource } from '../sources/fileSource.ts';
import type { ParsedTableOptions } from './options.ts';
import { tableKind } from './readTable.ts';

/** A table of a source, with the split whose images it lists. */
export interface TableFile {
  readonly index: number;
  readonly kind: 'csv' | 'tsv' | 'jsonl';
  readonly split: ItemSplit;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const CURE = 'Say which: table: "labels.csv", or table: { train: "train.csv", test: "test.csv" }';

const cleaned = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

const namedFile = (source: FileSource, name: string, split: ItemSplit): TableFile => {
  const wanted = cleaned(name);
  const index = source.files.findIndex(({ path }) => path === wanted);
  const fault = source.files[index]?.fault;
  if (index >= 0 && (fault === undefined || fault.startsWith('larger')))
    return { index, kind: tableKind(wanted) ?? 'csv', split };
  const known = source.files.flatMap(({ path }) => (tableKind(path) ? [path] : []));
  const has = known.length > 0 ? `It has ${shortNames(known)}` : 'It has no table';
  throw badDataset(
    source.name,
    index >= 0
      ? `${shortPath(wanted)} is ${fault}`
      : `it has no file ${JSON.stringify(shortPath(name, 60))}, which the option table names. ${has}`,
  );
};

/** Notes and licences are text too, and no tables. */
const isTable = (path: string): boolean =>
  tableKind(path) !== undefined && !/\.txt$/i.test(path) && !/(^|\/)sample_submission\./i.test(path);

const splitOf = (source: FileSource, path: string): ItemSplit => {
  const own = splitOfName(nameOf(path).replace(/\.[^.]*$/, ''))?.split;
  return own === undefined || own === 'unlabelled' ? splitOfFolders(source, path) : own;
};

const autoFiles = (source: FileSource): TableFile[] => {
  const found = source.files.flatMap(({ path, fault }, index) =>
    isTable(path) && fault !== EMPTY
      ? [{ index, path, kind: tableKind(path) ?? 'csv', split: splitOf(source, path) }]
      : [],
  );
  const [only] = found;
  if (!only)
    throw badDataset(
      source.name,
      "it has no table: a file that ends in .csv, .tsv or .jsonl. Name one with the dataset's option table",
    );
  // A table alone lists everything, whatever its name says.
  if (found.length === 1) return [{ ...only, split: 'all' }];
  const names = shortNames(found.map(({ path }) => path));
  const isTwice = found.some(({ split }, i) => found.findIndex((other) => other.split === split) !== i);
  if (isTwice || found.some(({ split }) => split === 'all'))
    throw badDataset(source.name, `it has ${names}, and which table is of which split is not clear. ${CURE}`);
  if (!found.some(({ split }) => split === 'train'))
    throw badDataset(source.name, `it has ${names}, and none of them is to train on by its name. ${CURE}`);
  return found;
};

/** The tables of a source, one for all or one a split. Errors: `bad-dataset`. */
export const tableFiles = (source: FileSource, { table }: Pick<ParsedTableOptions, 'table'>): TableFile[] => {
  if (table === 'auto') return autoFiles(source);
  if (typeof table === 'string') return [namedFile(source, table, 'all')];
  const splits: readonly SplitName[] = ['train', 'validation', 'test'];
  return splits.flatMap((split) => {
    const name = table[split];
    return name === undefined ? [] : [namedFile(source, name, split)];
  });
};
