import { nearest } from '@understory/core';
import { badDataset, shortNames } from '../errors.ts';

/** A list of whole numbers that grows. */
export class IntList {
  #values = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Int32Array(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  at(i: number): number {
    return this.#values[i] ?? 0;
  }
}

/** The labels of all rows, packed: those of row r are the values from `starts[r]` to `starts[r + 1]`, numbers of `names`. */
export class RowLabels {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #starts = new IntList();
  readonly #values = new IntList();

  constructor() {
    this.#starts.push(0);
  }

  get rows(): number {
    return this.#starts.length - 1;
  }

  /** Adds a row; gives its number. */
  add(labels: readonly string[]): number {
    for (const label of labels) this.#values.push(this.#numberOf(label));
    this.#starts.push(this.#values.length);
    return this.rows - 1;
  }

  #numberOf(label: string): number {
    const known = this.#numbers.get(label);
    if (known !== undefined) return known;
    this.#numbers.set(label, this.names.length);
    return this.names.push(label) - 1;
  }

  /** Numbers of a row's labels, in order. */
  of(row: number): number[] {
    const [from, to] = [this.#starts.at(row), this.#starts.at(row + 1)];
    return Array.from({ length: to - from }, (_, i) => this.#values.at(from + i));
  }
}

const isNumber = (label: string): boolean => /^(0|[1-9]\d{0,8})$/.test(label);

/** Names in the order of classes: numbers by their value where all are some, else by code points. */
export const inOrder = (names: readonly string[]): string[] =>
  names.every(isNumber) ? [...names].sort((a, b) => Number(a) - Number(b)) : [...names].sort();

/** Where the names of classes come from. */
export interface ClassNames {
  /** Labels that the training rows have. */
  readonly trained: readonly string[];
  /** All classes of the source in order, where it says them. */
  readonly known?: readonly string[] | undefined;
  /** Those of the option classes. */
  readonly wanted?: readonly string[] | undefined;
}

export interface ChosenClasses {
  readonly classes: readonly string[];
  /** Class of each label by its number; −1 of one that is not used. */
  readonly classAt: Int32Array;
}

/**
 * The classes: those that are named, else those that the source says, else the labels of the training rows, sorted. Labels
 * that are numbers count into the names where no name is a number. Errors: `bad-dataset`.
 */
export const chosenClasses = (
  root: string,
  names: readonly string[],
  { trained, known, wanted }: ClassNames,
): ChosenClasses => {
  const classes = wanted ?? known ?? inOrder(trained);
  const index = new Map(classes.map((name, i) => [name, i]));
  const counts =
    wanted !== undefined &&
    names.every(isNumber) &&
    !wanted.some((name) => index.has(name) && isNumber(name));
  const classAt = Int32Array.from(names, (name) => (counts ? Number(name) : (index.get(name) ?? -1)));
  if (counts) {
    const over = names.find((name) => Number(name) >= classes.length);
    if (over !== undefined)
      throw badDataset(
        root,
        `it has the label ${over}, and the option classes names ${classes.length} (0 … ${classes.length - 1}). Name all, or leave the option out`,
      );
    return { classes, classAt };
  }
  const strange = wanted?.find((name) => !names.includes(name) && known?.includes(name) !== true);
  if (strange === undefined) return { classes, classAt };
  const near = nearest(strange, names);
  throw badDataset(
    root,
    `the option classes names ${JSON.stringify(strange)}, which no row has.${near ? ` Did you mean ${JSON.stringify(near)}?` : ''} It has ${shortNames(names)}`,
  );
};
