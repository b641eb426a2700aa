import { copiedPart, elementWidth } from '@understory/core';
import { badPyTorch } from '../errors.ts';
import type { TensorView } from './tensorView.ts';

/** Strides of a tensor that lies row by row. */
const rowMajor = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d]!;
  }
  return strides;
};

/** Position of every element in the storage, row-major, from the first one on. */
const positions = function* (shape: readonly number[], strides: readonly number[]): Generator<number> {
  const index = shape.map(() => 0);
  let at = 0;
  for (;;) {
    yield at;
    let d = shape.length - 1;
    for (; d >= 0; d--) {
      index[d]!++;
      at += strides[d]!;
      if (index[d]! < shape[d]!) break;
      at -= index[d]! * strides[d]!;
      index[d] = 0;
    }
    if (d < 0) return;
  }
};

/** A tensor's bytes, row-major, in a buffer of their own. `most` bounds them. Errors: `bad-pytorch`. */
export const elementsOf = (
  view: TensorView,
  storage: Uint8Array,
  name: string,
  most: number,
): ArrayBuffer => {
  const { shape, strides, code } = view;
  const offset = view.storage.offset + view.offset;
  const width = elementWidth(code)!;
  const count = shape.reduce((a, b) => a * b, 1);
  const what = `tensor ${JSON.stringify(name)}`;
  if (!(count * width <= most))
    throw badPyTorch(`${what} of shape [${shape.join(', ')}] is larger than the file allows`);
  if (count === 0) return new ArrayBuffer(0);
  const last = shape.reduce((at, size, d) => at + (size - 1) * strides[d]!, offset);
  if (!((last + 1) * width <= storage.length))
    throw badPyTorch(`${what} reaches past the end of its storage`);
  const isPlain = rowMajor(shape).every((step, d) => step === strides[d] || shape[d] === 1);
  if (isPlain) return copiedPart(storage, offset * width, (offset + count) * width);
  const out = new Uint8Array(count * width);
  let to = 0;
  for (const position of positions(shape, strides)) {
    const from = (offset + position) * width;
    for (let b = 0; b < width; b++) out[to++] = storage[from + b]!;
  }
  return out.buffer;
};
