import type { LeftOut } from '@understory/core';
import { badDataset, quotedNames, shortNames } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** `emnist-letters-train-images-idx3-ubyte.gz`, `train-images.idx3-ubyte`, `t10k-labels-idx1-ubyte`. */
const NAME = /^(?:(.+)[-_.])?(train|t10k|test)[-_.](images|labels)[-_.]idx\d[-_.]ubyte(\.gz)?$/i;

interface NamedFile {
  readonly index: number;
  readonly path: string;
  /** Its folder and what its name begins with: files that agree in both are of one dataset. */
  readonly set: string;
  readonly part: string;
  readonly isPacked: boolean;
}

const namedFile = (path: string, index: number): NamedFile[] => {
  const cut = path.lastIndexOf('/') + 1;
  const match = NAME.exec(path.slice(cut));
  if (!match) return [];
  const [, prefix = '', split = '', kind = '', packed] = match;
  const part = `${split.toLowerCase() === 'train' ? 'train' : 'test'} ${kind.toLowerCase()}`;
  return [{ index, path, set: path.slice(0, cut) + prefix, part, isPacked: packed !== undefined }];
};

/** Positions of a dataset's files in its source. */
export interface IdxFiles {
  readonly train: IdxPair;
  readonly test?: IdxPair;
  /** EMNIST's file of what its labels stand for. */
  readonly mapping?: number;
  readonly leftOut: readonly LeftOut[];
}
export interface IdxPair {
  readonly images: number;
  readonly labels: number;
}

/** What may stand before the name of a set: `emnist-letters`, `MNIST/raw`. */
const SEPARATORS = ['/', '-', '_', '.'];

const chosenSet = (source: FileSource, files: readonly NamedFile[], wanted: string | undefined): string => {
  const sets = [...new Set(files.map(({ set }) => set))];
  const isWanted = (set: string): boolean => {
    const name = set.replace(/\/$/, '');
    return wanted === undefined || name === wanted || SEPARATORS.some((mark) => name.endsWith(mark + wanted));
  };
  const found = sets.filter(isWanted);
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  const have = quotedNames(sets.map((set) => set || '(no name)'));
  if (sets.length === 0)
    throw badDataset(
      source.name,
      `it holds no train-images-idx3-ubyte and train-labels-idx1-ubyte, packed by gzip or not${source.files.length > 0 ? `, but ${shortNames(source.files.map(({ path }) => path))}` : ''}`,
    );
  throw badDataset(
    source.name,
    wanted === undefined
      ? `it holds several datasets: ${have}. Name one with the dataset's option set, or give its folder`
      : `the option set names ${JSON.stringify(wanted)}, and it holds ${have}`,
  );
};

/** The file of a part, unpacked where it lies there in both forms. Errors: `bad-dataset` where there are two. */
const partOf = (source: FileSource, files: readonly NamedFile[], part: string): NamedFile | undefined => {
  const all = files.filter((file) => file.part === part);
  const plain = all.filter(({ isPacked }) => !isPacked);
  const found = plain.length > 0 ? plain : all;
  if (found.length > 1)
    throw badDataset(
      source.name,
      `it holds the ${part} twice (${found[0]!.path}, ${found[1]!.path}). Remove one`,
    );
  return found[0];
};

const faultless = (source: FileSource, file: NamedFile): number => {
  const fault = source.files[file.index]?.fault;
  // A file that is too large to be an image may be one of many.
  if (fault === undefined || fault.startsWith('larger')) return file.index;
  throw badDataset(source.name, `${file.path} is ${fault}; download it again`);
};

const pairOf = (
  source: FileSource,
  files: readonly NamedFile[],
  split: 'train' | 'test',
): IdxPair | undefined => {
  const images = partOf(source, files, `${split} images`);
  const labels = partOf(source, files, `${split} labels`);
  if (!images && !labels) return undefined;
  if (!images || !labels)
    throw badDataset(
      source.name,
      `it holds ${(images ?? labels)!.path}, and no ${split} ${images ? 'labels' : 'images'} beside it`,
    );
  return { images: faultless(source, images), labels: faultless(source, labels) };
};

/** Finds MNIST's four files, and those of the datasets that are named like them. Errors: `bad-dataset`. */
export const idxFiles = (source: FileSource, wanted: string | undefined): IdxFiles => {
  const all = source.files.flatMap(({ path }, index) => namedFile(path, index));
  const set = chosenSet(source, all, wanted);
  const files = all.filter((file) => file.set === set);
  const train = pairOf(source, files, 'train');
  if (!train) throw badDataset(source.name, 'it holds no train-images-idx3-ubyte to train on');
  const test = pairOf(source, files, 'test');
  const mapping = source.files.findIndex(({ path }) => path === `${set}-mapping.txt`);
  const used = new Set([train, test].flatMap((pair) => (pair ? [pair.images, pair.labels] : [])));
  const unread = all.filter(({ index }) => !used.has(index));
  const examples = unread.slice(0, 3).map(({ path }) => path);
  const leftOut =
    unread.length > 0
      ? [{ reason: 'of another set, or the same packed', count: unread.length, examples }]
      : [];
  return { train, ...(test && { test }), ...(mapping >= 0 && { mapping }), leftOut };
};
