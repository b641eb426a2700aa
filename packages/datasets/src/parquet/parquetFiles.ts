import type { SplitName } from '@understory/core';
import { splitOfFolders } from '../boxes/pairs.ts';
import { badDataset, quotedNames, shortNames, shortPath } from '../errors.ts';
import type { ItemSplit } from '../images/listItems.ts';
import { splitOfName } from '../images/names.ts';
import { EMPTY, type FileSource } from '../sources/fileSource.ts';
import type { ParsedParquetOptions } from './options.ts';

/** A file of a source, with the split whose rows it holds. */
export interface ParquetFile {
  readonly index: number;
  readonly split: ItemSplit;
}

/** `train-00000-of-00003`, with a hash behind it or not; `0000` in a folder that says more. */
const PIECE = /^(.*?)[-_.]?(\d{3,})-of-(\d{3,})(-[0-9a-f]{8,})?$/;

interface Named {
  readonly index: number;
  readonly path: string;
  /** What its name says without the number of its piece. */
  readonly stem: string;
  readonly piece: { readonly number: number; readonly of: number } | undefined;
}

const named = (path: string, index: number): Named[] => {
  const match = /^(?:.*\/)?([^/]*)\.parquet$/i.exec(path);
  const name = match?.[1];
  if (name === undefined) return [];
  const piece = PIECE.exec(name);
  if (!piece) return [{ index, path, stem: name, piece: undefined }];
  return [{ index, path, stem: piece[1] ?? '', piece: { number: Number(piece[2]), of: Number(piece[3]) } }];
};

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Each set of pieces must be whole: what is missing would be missing in silence. Errors: `bad-dataset`. */
const checkPieces = (source: FileSource, files: readonly Named[]): void => {
  const sets = new Map<string, Named[]>();
  for (const file of files) {
    if (!file.piece) continue;
    const key = `${folderOf(file.path)}/${file.stem}-of-${file.piece.of}`;
    sets.set(key, [...(sets.get(key) ?? []), file]);
  }
  for (const set of sets.values()) {
    const of = set[0]?.piece?.of ?? 0;
    const have = new Set(set.map(({ piece }) => piece?.number));
    if (have.size === of && set.length === of) continue;
    throw badDataset(
      source.name,
      `of ${shortPath(set[0]?.path ?? '', 50)} and its like ${set.length} of ${of} files are there. Download all of them`,
    );
  }
};

const splitOf = (source: FileSource, { stem, path }: Named): ItemSplit => {
  const own = splitOfName(stem)?.split;
  if (own === 'unlabelled') return 'all';
  return own ?? splitOfFolders(source, path);
};

const CURE = 'Say it: splits: { train: "train", test: "test" }, or splits: none';

/** What files of one dataset have in common: their folder, and their names but for numbers. */
const likeOf = ({ path, stem }: Named): string => `${folderOf(path)}/${stem.replace(/\d+/g, '')}`;

const autoSplits = (source: FileSource, files: readonly Named[]): ParquetFile[] => {
  const found = files.map((file) => ({ ...file, split: splitOf(source, file) }));
  const some = found.filter(({ split }) => split !== 'all');
  if (some.length === 0 && new Set(files.map(likeOf)).size > 1)
    throw badDataset(
      source.name,
      `it has ${shortNames(files.map(({ path }) => path))}, and of which splits they are is not clear. ${CURE}`,
    );
  const odd = found.find(({ split }) => split === 'all');
  if (some.length > 0 && odd)
    throw badDataset(
      source.name,
      `of which split ${shortPath(odd.path, 50)} is, its name does not say, beside others whose names do. ${CURE}`,
    );
  if (some.length > 0 && !some.some(({ split }) => split === 'train'))
    throw badDataset(
      source.name,
      `it has ${shortNames(files.map(({ path }) => path))}, and none of them is to train on by its name. ${CURE}`,
    );
  return found;
};

const namedSplits = (
  source: FileSource,
  files: readonly Named[],
  splits: Readonly<Partial<Record<SplitName, string | undefined>>>,
): ParquetFile[] =>
  (['train', 'validation', 'test'] as const).flatMap((split) => {
    const wanted = splits[split]?.replace(/\/+$/, '');
    if (wanted === undefined) return [];
    const own = files.filter(({ path, stem }) => {
      const folder = folderOf(path);
      const full = folder === '' ? stem : `${folder}/${stem}`;
      return [full, folder].some((name) => `/${name}`.endsWith(`/${wanted}`)) || path === wanted;
    });
    if (own.length > 0) return own.map(({ index }) => ({ index, split }));
    throw badDataset(
      source.name,
      `it has no file that splits.${split} names (${JSON.stringify(shortPath(wanted, 40))}). It has ${quotedNames(files.map(({ path }) => path))}`,
    );
  });

/** The Parquet files of a source with their splits, in the order of their names. Errors: `bad-dataset`. */
export const parquetFiles = (
  source: FileSource,
  { splits }: Pick<ParsedParquetOptions, 'splits'>,
): ParquetFile[] => {
  const files = source.files
    .flatMap(({ path }, index) => named(path, index))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  if (files.length === 0)
    throw badDataset(
      source.name,
      `it holds no .parquet file${source.files.length > 0 ? `, but ${shortNames(source.files.map(({ path }) => path))}` : ''}`,
    );
  for (const { index, path } of files) {
    const { fault } = source.files[index]!;
    // A table is no image: it may be larger than one.
    if (fault !== undefined && !fault.startsWith('larger'))
      throw badDataset(
        source.name,
        `${shortPath(path, 50)} is ${fault === EMPTY ? 'an empty file' : fault}; download it again`,
      );
  }
  checkPieces(source, files);
  if (splits === 'none') return files.map(({ index }) => ({ index, split: 'all' }));
  return splits === 'auto' ? autoSplits(source, files) : namedSplits(source, files, splits);
};
