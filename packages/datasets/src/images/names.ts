import type { SplitName } from '@understory/core';

/** What a folder's name says that it is a part of; `unlabelled`: images without a class. */
export type FolderSplit = SplitName | 'unlabelled';

const WORDS: Readonly<Record<FolderSplit, readonly string[]>> = {
  train: ['train', 'training', 'trn', 'trained'],
  validation: ['val', 'valid', 'validation', 'validate', 'dev', 'devel', 'eval', 'evaluation'],
  test: ['test', 'testing', 'tests', 'tst'],
  unlabelled: ['unlabelled', 'unlabeled', 'unsup', 'unsupervised', 'pred', 'predict', 'prediction'],
};
const FOLDER_SPLITS = ['train', 'validation', 'test', 'unlabelled'] as const satisfies readonly FolderSplit[];

/** Words that say nothing of what is in a folder. */
const FILLERS = [
  ...['set', 'sets', 'data', 'dataset', 'datasets', 'images', 'image', 'imgs', 'img', 'pictures', 'photos'],
  ...['split', 'splits', 'folder', 'dir', 'seg', 'final', 'raw', 'new', 'cropped', 'resized', 'samples'],
];
const FILLED = new RegExp(`^(${FILLERS.join('|')})*$`);

const splitOfWord = (word: string): FolderSplit | undefined => {
  const inner = FOLDER_SPLITS.find((split) => WORDS[split].includes(word));
  // `trainset`, `imgtrain`: the word with fillers before and behind it.
  return (
    inner ??
    FOLDER_SPLITS.find((split) =>
      WORDS[split].some((name) => {
        const at = word.indexOf(name);
        return at >= 0 && FILLED.test(word.slice(0, at)) && FILLED.test(word.slice(at + name.length));
      }),
    )
  );
};

const wordsOf = (name: string): string[] =>
  name
    .replace(/trainval/i, 'train val')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter(Boolean);

export interface NamedSplit {
  readonly split: FolderSplit;
  /** What else the name says: `asl alphabet` of `asl_alphabet_train`. */
  readonly rest: string;
}

/**
 * The split that a folder's name speaks of: `Training`, `train_set`, `TrainImages`, `seg_train`, `val2017`. Names that
 * speak of two (`train_test_split`) are of none; `trainval` is to train on.
 */
export const splitOfName = (name: string): NamedSplit | undefined => {
  const words = wordsOf(name);
  const splits = new Set(words.map(splitOfWord).filter((split) => split !== undefined));
  const rest = words.filter((word) => splitOfWord(word) === undefined && !FILLED.test(word)).join(' ');
  if (splits.size === 2 && splits.has('train') && splits.has('validation')) return { split: 'train', rest };
  const [split] = splits;
  return splits.size === 1 && split !== undefined ? { split, rest } : undefined;
};

/** Whether a folder's name speaks of images or data alone, as no class does. */
export const isGenericName = (name: string): boolean =>
  /^(jpe?g|png)?[\s_-]*(images|imgs|photos|pictures|data|datasets?)$/i.test(name);

const IMAGE = /\.(jpe?g|jpe|jfif|png|apng|webp|gif|tiff?|avif|bmp|dib)$/i;
const SIDE = new RegExp(
  `\\.(${[
    ...[
      'txt',
      'md',
      'rst',
      'csv',
      'tsv',
      'json',
      'jsonl',
      'ya?ml',
      'xml',
      'html?',
      'ini',
      'cfg',
      'toml',
      'log',
    ],
    ...[
      'py',
      'ipynb',
      'sh',
      'm',
      'r',
      'js',
      'mat',
      'npy',
      'npz',
      'pkl',
      'pickle',
      'h5',
      'parquet',
      'db',
      'sqlite',
    ],
    ...[
      'docx?',
      'xlsx?',
      'zip',
      'tar',
      't?gz',
      'md5',
      'sha1',
      'sha256',
      'bib',
      'lst',
      'names',
      'data',
      'lnk',
      'url',
    ],
  ].join('|')})$`,
  'i',
);

/** Whether the name is an image's of a kind that is read. */
export const isImageName = (path: string): boolean => IMAGE.test(path);

/** Whether the name is of what lies beside images: notes, labels, programs. */
export const isSideName = (path: string): boolean =>
  SIDE.test(path) || /(^|\/)(readme|licen[cs]e|copying|makefile|changelog|authors|checksums?)$/i.test(path);
