import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '../errors.ts';

/** Name of the scope in which values are read only to be checked: a step that is traced has none, and gives none there. */
export const CHECKING = 'understoryCheck';

/** Tensors by the names that a message gives them. */
export type NamedTensor = Readonly<Record<string, Tensor>>;

export const shapeText = ({ shape }: Pick<Tensor, 'shape'>): string => `[${shape.join(', ')}]`;

const listed = (tensors: NamedTensor): string =>
  Object.entries(tensors)
    .map(([name, tensor]) => `${name} ${shapeText(tensor)}`)
    .join(', ');

const refuse = (code: string, what: string, message: string): never => {
  throw new UnderstoryError(code, `${what}: ${message}`);
};

/** `[B, D]` has two axes. */
const rankOf = (form: string): number => form.split(',').length;

const checkForm = (what: string, tensors: NamedTensor, form: string): void => {
  const sound = Object.values(tensors).every(({ rank, size }) => rank === rankOf(form) && size > 0);
  if (!sound) refuse('bad-shape', what, `${listed(tensors)} must have the form ${form}, with no axis of 0.`);
};

/** Throws `bad-shape` unless all tensors are of one shape, and it is of a form such as `[B, D]`. */
export const requireSameShape = (what: string, tensors: NamedTensor, form: string): void => {
  checkForm(what, tensors, form);
  const shapes = new Set(Object.values(tensors).map(shapeText));
  if (shapes.size > 1) refuse('bad-shape', what, `${listed(tensors)} must be of one shape ${form}.`);
};

/** Throws `bad-shape` unless all tensors are of a form such as `[B, D]`, and one axis of all is equally long. */
export const requireSameLength = (what: string, tensors: NamedTensor, form: string, axis = 0): void => {
  checkForm(what, tensors, form);
  const lengths = new Set(Object.values(tensors).map(({ shape }) => shape[axis]));
  if (lengths.size > 1)
    refuse('bad-shape', what, `${listed(tensors)} must be equally long along axis ${axis} of ${form}.`);
};

/** Throws `bad-shape` unless all tensors, of whatever rank, have as many rows, and are not empty. */
export const requireSameRows = (what: string, tensors: NamedTensor): void => {
  const all = Object.values(tensors);
  const rows = new Set(all.map(({ shape }) => shape[0]));
  if (rows.size > 1 || all.some(({ rank, size }) => rank === 0 || size === 0))
    refuse('bad-shape', what, `${listed(tensors)} must have as many rows each, with no axis of 0.`);
};

/** Values of a tensor; none while a step is traced. */
const valuesOf = (x: Tensor): ArrayLike<number> => {
  let values: ArrayLike<number> = [];
  tidy(CHECKING, () => {
    values = x.dataSync();
  });
  return values;
};

/** What labels (or other indices) are to be. */
export interface LabelNeeds {
  /** What the labels belong to, by its name: one label for each of its rows. */
  readonly rows: NamedTensor;
  /** How many classes there are; any whole number is a label where absent. */
  readonly classes?: number;
}

/**
 * Throws `bad-label` unless labels are int32, one for each row, and numbers of classes 0 … classes − 1. The numbers are
 * looked at where there are any: while a step is traced, shapes and types alone are.
 */
export const requireLabels = (what: string, labels: Tensor, { rows, classes }: LabelNeeds): void => {
  const owner = listed(rows);
  const seen = shapeText(labels) + (owner && ` for ${owner}`);
  const counts = Object.values(rows).map(({ shape }) => shape[0]);
  if (labels.rank !== 1 || labels.size === 0 || counts.some((n) => n !== labels.shape[0]))
    refuse('bad-label', what, `labels ${seen} do not fit. Give one label for each row.`);
  if (labels.dtype !== 'int32')
    refuse('bad-label', what, `labels ${seen} are ${labels.dtype}. Give them as int32.`);
  if (classes === undefined) return;
  const values = valuesOf(labels);
  for (let i = 0; i < values.length; i++)
    if (!(values[i]! >= 0 && values[i]! < classes))
      refuse('bad-label', what, `label ${values[i]} (row ${i}) of ${seen} is none of 0 … ${classes - 1}.`);
};

/** What numbers are to be: one of the `values`, or anything `from` … `to`. */
export type Wanted = { readonly code: string } & (
  { readonly values: readonly number[] } | { readonly from: number; readonly to: number }
);

/** Throws unless each number is what is wanted, where values can be read: while a step is traced nothing is looked at. */
export const requireWithin = (what: string, tensors: NamedTensor, wanted: Wanted): void => {
  const sound = (v: number): boolean =>
    'values' in wanted ? wanted.values.includes(v) : v >= wanted.from && v <= wanted.to;
  const choice = 'values' in wanted ? wanted.values.join(' or ') : `${wanted.from} … ${wanted.to}`;
  for (const [name, tensor] of Object.entries(tensors)) {
    const values = valuesOf(tensor);
    for (let i = 0; i < values.length; i++)
      if (!sound(values[i]!))
        refuse(
          wanted.code,
          what,
          `${name} ${shapeText(tensor)} holds ${values[i]} at ${i}, which is not ${choice}.`,
        );
  }
};

/**
 * Throws `bad-label` unless an affinity is a float32 matrix [N, N] with N of the given sides, and its numbers 0 … 1
 * where they can be read.
 */
export const requireAffinity = (what: string, affinity: Tensor, sides: readonly number[]): void => {
  const [rows, columns] = affinity.shape;
  if (affinity.rank !== 2 || rows !== columns || !sides.includes(rows)) {
    const choice = [...new Set(sides)].map((n) => `[${n}, ${n}]`).join(' or ');
    refuse('bad-label', what, `an affinity ${shapeText(affinity)} does not fit. Give one of ${choice}.`);
  }
  if (affinity.dtype !== 'float32')
    refuse('bad-label', what, `an affinity ${shapeText(affinity)} is ${affinity.dtype}. Give it as float32.`);
  requireWithin(what, { affinity }, { code: 'bad-label', from: 0, to: 1 });
};
