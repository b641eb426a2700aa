import { shortNames } from '../errors.ts';
import { badAnnotation } from '../boxes/annotationText.ts';

/** Numbers in the type in which the file keeps them, which may be smaller than their class; in column-major order. */
export interface MatNumbers {
  readonly kind: 'numbers';
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** A matrix of characters, as the text of each row. */
export interface MatText {
  readonly kind: 'text';
  readonly shape: readonly number[];
  readonly rows: readonly string[];
}

/** A cell array, in column-major order. */
export interface MatCells {
  readonly kind: 'cells';
  readonly shape: readonly number[];
  readonly items: readonly MatValue[];
}

/** An array of structs, in column-major order: the fields of each. */
export interface MatStructs {
  readonly kind: 'structs';
  readonly shape: readonly number[];
  readonly items: readonly ReadonlyMap<string, MatValue>[];
}

/** What is not read: objects, sparse and complex matrices, functions. */
export interface MatOther {
  readonly kind: 'other';
  readonly what: string;
}

export type MatValue = MatNumbers | MatText | MatCells | MatStructs | MatOther;

/** Variables by name, in the file's order. */
export type MatFile = ReadonlyMap<string, MatValue>;

const WORDS: Readonly<Record<Exclude<MatValue['kind'], 'other'>, string>> = {
  numbers: 'numbers',
  text: 'text',
  cells: 'a cell array',
  structs: 'a struct array',
};

const wordOf = (value: MatValue): string => (value.kind === 'other' ? value.what : WORDS[value.kind]);

const unexpected = (what: string, value: MatValue, wanted: string): Error =>
  badAnnotation(`${what} is ${wordOf(value)}, and ${wanted} was expected`);

/** A variable of a file. Errors: `bad-annotation`, with the names that there are. */
export const variableOf = (file: MatFile, name: string): MatValue => {
  const value = file.get(name);
  if (value) return value;
  const names = [...file.keys()];
  throw badAnnotation(
    `it has no variable ${name}; ${names.length === 0 ? 'it has none at all' : `it has ${shortNames(names)}`}`,
  );
};

/** `what` names the value in messages, as in all that follow: `annotations(3).fname`. */
export const numbersOf = (value: MatValue, what: string): ArrayLike<number> => {
  if (value.kind !== 'numbers') throw unexpected(what, value, 'numbers');
  return value.values;
};

/** One number; a matrix of any other size is refused. */
export const scalarOf = (value: MatValue, what: string): number => {
  const numbers = numbersOf(value, what);
  const [number] = [numbers[0]];
  if (number !== undefined && numbers.length === 1) return number;
  throw badAnnotation(`${what} has ${numbers.length} numbers, and one was expected`);
};

/** One row of text; an empty matrix of any kind is an empty text, as MATLAB writes it. */
export const stringOf = (value: MatValue, what: string): string => {
  if (value.kind === 'text' && value.rows.length <= 1) return value.rows[0] ?? '';
  if (value.kind === 'numbers' && value.values.length === 0) return '';
  // A cell of one text: how some programs write every text.
  const [only] = value.kind === 'cells' ? value.items : [];
  if (only?.kind === 'text' && value.kind === 'cells' && value.items.length === 1)
    return stringOf(only, what);
  throw unexpected(what, value, 'one row of text');
};

/** Texts: a cell array of them, or the rows of a matrix of characters without the blanks that fill them up. */
export const stringsOf = (value: MatValue, what: string): string[] => {
  if (value.kind === 'cells') return value.items.map((item, i) => stringOf(item, `${what}{${i + 1}}`));
  if (value.kind === 'text') return value.rows.map((row) => row.trimEnd());
  throw unexpected(what, value, 'texts');
};

export const structsOf = (value: MatValue, what: string): MatStructs['items'] => {
  if (value.kind !== 'structs') throw unexpected(what, value, 'a struct array');
  return value.items;
};

/** A field of a struct. */
export const fieldOf = (struct: ReadonlyMap<string, MatValue>, name: string, what: string): MatValue => {
  const value = struct.get(name);
  if (value) return value;
  throw badAnnotation(`${what} has no field ${name}; it has ${shortNames([...struct.keys()])}`);
};
