import { badDataset, shortNames } from '../errors.ts';
import type { OpenedIndex } from './openIndex.ts';

/** Classes by their numbers, and each shard's words as such numbers. */
export interface LabelledClasses {
  readonly classes: readonly string[];
  /** Class of each word of each shard. */
  readonly numbers: readonly Int32Array[];
}

/** Most classes that labels without names may count up to. */
const MAX_CLASSES = 1_000_000;
const DIGITS = /^\d{1,7}$/;

const byNumber = (root: string, words: readonly string[]): string[] => {
  const most = words.reduce((max, word) => Math.max(max, Number(word)), -1);
  if (most < MAX_CLASSES) return Array.from({ length: most + 1 }, (_, c) => String(c));
  throw badDataset(
    root,
    `a label is ${most}, and there cannot be as many classes. Name another label or field`,
  );
};

/** What classes are called where only the labels say it: their numbers, or the names themselves, sorted. */
const ownNames = (root: string, words: readonly string[]): string[] => {
  const numbers = words.filter((word) => DIGITS.test(word));
  if (numbers.length === words.length) return byNumber(root, words);
  if (numbers.length === 0 || words.every((word) => !/^\d+$/.test(word))) return [...words].sort();
  const others = words.filter((word) => !DIGITS.test(word));
  throw badDataset(
    root,
    `some labels are numbers and some are none: ${shortNames([...numbers.slice(0, 2), ...others])}. The option classes names all`,
  );
};

/** Which class a label means: by number where all labels are numbers, else by name. */
const numbering = (words: readonly string[], classes: readonly string[]): ((word: string) => number) => {
  if (words.every((word) => DIGITS.test(word)))
    return (word) => (Number(word) < classes.length ? Number(word) : -1);
  const byName = new Map(classes.map((name, c) => [name, c]));
  return (word) => byName.get(word) ?? -1;
};

/**
 * The classes of shards: those that are given, else what the labels say. `given` are names in the order of their numbers.
 * Errors: `bad-dataset` where a label is no class, or numbers and names are mixed.
 */
export const labelledClasses = (
  root: string,
  indexes: readonly OpenedIndex[],
  given: readonly string[] | undefined,
): LabelledClasses => {
  const words = [...new Set(indexes.flatMap(({ index }) => index.words))];
  const classes = given ?? ownNames(root, words);
  const numberOf = numbering(words, classes);
  const strange = words.filter((word) => numberOf(word) < 0);
  if (strange.length > 0)
    throw badDataset(
      root,
      `it has labels that are none of its ${classes.length} classes: ${shortNames(strange)}. Correct the dataset's option classes, or manifest.json`,
    );
  return { classes, numbers: indexes.map(({ index }) => Int32Array.from(index.words, numberOf)) };
};
