import { badAnnotation } from '../boxes/annotationText.ts';
import { readRows } from './chars.ts';
import { elementAt, TYPE, type Budget, type Element } from './elements.ts';
import { readNumbers } from './numbers.ts';
import type { MatValue } from './values.ts';

/** Most matrices within matrices. */
const MAX_DEPTH = 32;
const MAX_DIMENSIONS = 32;
const COMPLEX = 1 << 11;
const [CELL, STRUCT, CHAR] = [1, 2, 4];
/** double, single, and whole numbers of 8 to 64 bits. */
const isNumeric = (kind: number): boolean => kind >= 6 && kind <= 15;

const OTHERS: Readonly<Record<number, string>> = {
  3: 'an object',
  5: 'a sparse matrix',
  16: 'a function',
  17: 'an object of MATLAB',
};

export interface Matrix {
  readonly name: string;
  readonly value: MatValue;
}

/** Elements of a matrix, one after another. */
const elementsOf = (matrix: Element): ((type?: number) => Element) => {
  let at = 0;
  return (type) => {
    const element = elementAt(matrix, at);
    if (type !== undefined && element.type !== type)
      throw badAnnotation(`a matrix holds an element of type ${element.type}, and ${type} was expected`);
    at = element.next;
    return element;
  };
};

/** Longest name of a variable or list of fields' names, in bytes. */
const MAX_NAMES = 2 ** 16;

const latin1 = (bytes: Uint8Array): string => {
  if (bytes.length > MAX_NAMES) throw badAnnotation(`a name of ${bytes.length} bytes`);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** The first number of an element, of 32 bits. */
const firstOf = (element: Element): number =>
  readNumbers({ ...element, bytes: element.bytes.subarray(0, 4) })[0] ?? 0;

const shapeOf = (element: Element): number[] => {
  const shape = Array.from(
    readNumbers({ ...element, bytes: element.bytes.subarray(0, 4 * MAX_DIMENSIONS + 4) }),
  );
  const isSound = shape.length >= 2 && shape.length <= MAX_DIMENSIONS && shape.every((side) => side >= 0);
  if (!isSound) throw badAnnotation(`a matrix has the sides ${shape.slice(0, 8).join(' x ') || 'none'}`);
  return shape;
};

/** Names of fixed width, filled up with zeros. */
const fieldNames = (width: number, names: Uint8Array): string[] => {
  if (!(width > 0) || names.length % width !== 0)
    throw badAnnotation(`names of fields of ${width} bytes each in ${names.length} bytes`);
  return Array.from({ length: names.length / width }, (_, i) =>
    latin1(names.subarray(i * width, (i + 1) * width)).replace(/\0.*$/s, ''),
  );
};

/** `count` matrices within a matrix. */
const inner = (next: () => Element, count: number, budget: Budget, depth: number): MatValue[] => {
  if (count > budget.matrices)
    throw badAnnotation(`it claims ${count} matrices, more than lists of images have`);
  return Array.from({ length: count }, () => readMatrix(next(), budget, depth + 1).value);
};

const structs = (
  next: (type?: number) => Element,
  shape: readonly number[],
  budget: Budget,
  depth: number,
): MatValue => {
  const width = firstOf(next(TYPE.int32));
  const { bytes } = next(TYPE.int8);
  const names = bytes.length === 0 ? [] : fieldNames(width, bytes);
  const count = names.length === 0 ? 0 : shape.reduce((a, b) => a * b, 1);
  const values = inner(next, count * names.length, budget, depth);
  const items = Array.from(
    { length: count },
    (_, i) =>
      new Map(
        names.flatMap((name, k): [string, MatValue][] => {
          const value = values[i * names.length + k];
          return value ? [[name, value]] : [];
        }),
      ),
  );
  return { kind: 'structs', shape, items };
};

const numeric = (element: Element, shape: readonly number[]): MatValue => {
  const values = readNumbers(element);
  const count = shape.reduce((a, b) => a * b, 1);
  if (values.length !== count)
    throw badAnnotation(`a matrix of ${shape.join(' x ')} numbers holds ${values.length}`);
  return { kind: 'numbers', shape, values };
};

/** A matrix of any kind, and its name. Errors: `bad-annotation`. */
export const readMatrix = (element: Element, budget: Budget, depth = 0): Matrix => {
  if (element.type !== TYPE.matrix)
    throw badAnnotation(`an element of type ${element.type} stands where a matrix was expected`);
  if (depth > MAX_DEPTH) throw badAnnotation(`its matrices lie over ${MAX_DEPTH} deep`);
  if (--budget.matrices < 0) throw badAnnotation('it has more matrices than lists of images have');
  if (element.bytes.length === 0) return { name: '', value: { kind: 'numbers', shape: [0, 0], values: [] } };
  const next = elementsOf(element);
  const flags = firstOf(next(TYPE.uint32));
  const kind = flags & 0xff;
  const other = OTHERS[kind] ?? ((flags & COMPLEX) !== 0 ? 'complex numbers' : undefined);
  // An object of MATLAB has no sides.
  const shape = kind === 17 ? [0, 0] : shapeOf(next(TYPE.int32));
  const name = latin1(next(TYPE.int8).bytes);
  if (other !== undefined) return { name, value: { kind: 'other', what: other } };
  if (kind === CELL) {
    const items = inner(
      next,
      shape.reduce((a, b) => a * b, 1),
      budget,
      depth,
    );
    return { name, value: { kind: 'cells', shape, items } };
  }
  if (kind === STRUCT) return { name, value: structs(next, shape, budget, depth) };
  if (kind === CHAR) return { name, value: { kind: 'text', shape, rows: readRows(next(), shape) } };
  if (!isNumeric(kind)) throw badAnnotation(`a matrix of the unknown class ${kind}`);
  return { name, value: numeric(next(), shape) };
};
