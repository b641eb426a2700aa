import { permute, reshaped } from '../model/permute.ts';
import type { Layout } from './nameTable.ts';
import type { NdArray } from '@understory/core';

/** Side of the map that a region head looks at. */
const PLACES = 7 ** 2;

const lengthOf = ({ shape }: NdArray): number => shape[0] ?? 0;
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Rows of an array, from one on and up to another. */
const rows = ({ dtype, shape, data }: NdArray, from: number, to: number): NdArray => {
  const row = size(shape.slice(1));
  return { dtype, shape: [to - from, ...shape.slice(1)], data: data.slice(from * row, to * row) };
};

/** Rows one below the other. */
const below = (above: NdArray, under: NdArray): NdArray => {
  const data = new Float32Array(above.data.length + under.data.length);
  data.set(above.data);
  data.set(under.data, above.data.length);
  return { dtype: above.dtype, shape: [lengthOf(above) + lengthOf(under), ...above.shape.slice(1)], data };
};

/** [hidden, channels · 7 · 7] ↔ [7 · 7 · channels, hidden]: PyTorch flattens a region's map channel by channel. */
export const channelsFirst = ({ shape: [hidden = 0, inputs = 0] }: Layout): Layout => {
  const channels = inputs / PLACES;
  return {
    shape: [hidden, inputs],
    read: (theirs) =>
      reshaped(permute(reshaped(theirs, [hidden, channels, PLACES]), [2, 1, 0]), [inputs, hidden]),
    write: (ours) =>
      reshaped(permute(reshaped(ours, [PLACES, channels, hidden]), [2, 1, 0]), [hidden, inputs]),
  };
};

/** Scores of classes whose background is the first there, and the last one here. */
export const backgroundFirst = (usual: Layout): Layout => {
  const last = (usual.shape[0] ?? 1) - 1;
  return {
    shape: usual.shape,
    read: (theirs) => usual.read(below(rows(theirs, 1, last + 1), rows(theirs, 0, 1))),
    write: (ours) => {
      const theirs = usual.write(ours);
      return below(rows(theirs, last, last + 1), rows(theirs, 0, last));
    },
  };
};

/** Boxes of classes with four numbers for the background before them, which nothing reads: 0 where they are written. */
export const backgroundBoxes = (usual: Layout): Layout => {
  const [count = 0, ...others] = usual.shape;
  const none: NdArray = { dtype: 'float32', shape: [4, ...others], data: new Float32Array(4 * size(others)) };
  return {
    shape: [count + 4, ...others],
    read: (theirs) => usual.read(rows(theirs, 4, count + 4)),
    write: (ours) => below(none, usual.write(ours)),
  };
};
