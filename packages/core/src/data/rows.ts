import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import { mapNamed } from '../named.ts';

type Data = NdArray['data'];

/** Zeros of the same type. */
export const zerosLike = (data: Data, length: number): Data => {
  if (data instanceof Float32Array) return new Float32Array(length);
  return data instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
};

/** Arrays of the same row, one below the other. */
export const stackRows = (parts: readonly NdArray[]): NdArray => {
  const [first] = parts;
  if (!first) throw new RangeError('There are no rows to stack.');
  const { dtype, shape } = first;
  if (parts.length === 1) return first;
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  const data = zerosLike(
    first.data,
    parts.reduce((sum, part) => sum + part.data.length, 0),
  );
  let from = 0;
  for (const part of parts) {
    data.set(part.data, from);
    from += part.data.length;
  }
  return { dtype, shape: [rows, ...shape.slice(1)], data };
};

/** The rows [from, to) of an array, sharing its memory. */
export const rowsFrom = ({ dtype, shape, data }: NdArray, from: number, to: number): NdArray => {
  const [, ...rest] = shape;
  const size = rest.reduce((a, b) => a * b, 1);
  return { dtype, shape: [to - from, ...rest], data: data.subarray(from * size, to * size) };
};

/** An array whose row `i` becomes row `places[i]`: itself where all stay. */
export const rowsInOrder = (array: NdArray, places: readonly number[]): NdArray => {
  if (places.every((place, i) => place === i)) return array;
  const data = zerosLike(array.data, array.data.length);
  const size = array.data.length / Math.max(1, places.length);
  places.forEach((place, i) => data.set(rowsFrom(array, i, i + 1).data, place * size));
  return { ...array, data };
};

/** One row of each array, without the first dimension. */
export const rowAt = (arrays: NdArrays, row: number): Record<string, NdArray> =>
  mapNamed(arrays, (array) => {
    const { dtype, shape, data } = rowsFrom(array, row, row + 1);
    return { dtype, shape: shape.slice(1), data };
  });

/** The first rows of each array: all without what was padded. */
export const firstRows = (arrays: NdArrays, count: number): Record<string, NdArray> =>
  mapNamed(arrays, (array) => (array.shape[0] === count ? array : rowsFrom(array, 0, count)));
