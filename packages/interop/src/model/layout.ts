import type { NdArray } from '@understory/core';
import type { Place } from '../names/nameTable.ts';
import { permute, reshaped } from './permute.ts';
import type { Slot } from './slots.ts';

/** How one of our weights lies in PyTorch, and how it gets there and back. */
export interface Layout {
  readonly shape: readonly number[];
  readonly read: (theirs: NdArray) => NdArray;
  readonly write: (ours: NdArray) => NdArray;
}

const same = ({ shape }: Slot, there: readonly number[] = shape): Layout => ({
  shape: there,
  read: (theirs) => reshaped(theirs, shape),
  write: (ours) => reshaped(ours, there),
});

/** [k, k, in, out] ↔ [out, in, k, k] */
const convolution = ({ shape: [h, w, i, o] }: Slot): Layout => ({
  shape: [o!, i!, h!, w!],
  read: (theirs) => permute(theirs, [2, 3, 1, 0]),
  write: (ours) => permute(ours, [3, 2, 0, 1]),
});

/** [k, k, in, out / groups] ↔ [out, in / groups, k, k]; a depthwise one has as many groups as inputs. */
const grouped = ({ shape, groups }: Slot): Layout => {
  const [h, w, i, m] = shape as [number, number, number, number];
  const g = groups ?? i;
  const there = [g * m, i / g, h, w];
  return {
    shape: there,
    read: (theirs) => reshaped(permute(reshaped(theirs, [g, m, i / g, h, w]), [3, 4, 0, 2, 1]), shape),
    write: (ours) => reshaped(permute(reshaped(ours, [h, w, g, i / g, m]), [2, 4, 3, 0, 1]), there),
  };
};

/** [in, out] ↔ [out, in], where the inputs may be a map that each side flattens in its own order. */
const dense = ({ shape }: Slot, { pointwise, flattens }: Place): Layout => {
  const [i, o] = shape as [number, number];
  const there = pointwise ? [o, i, 1, 1] : [o, i];
  if (!flattens) {
    return {
      shape: there,
      read: (theirs) => permute(reshaped(theirs, [o, i]), [1, 0]),
      write: (ours) => reshaped(permute(ours, [1, 0]), there),
    };
  }
  const [c, h, w] = flattens;
  return {
    shape: there,
    read: (theirs) => reshaped(permute(reshaped(theirs, [o, c, h, w]), [2, 3, 1, 0]), shape),
    write: (ours) => reshaped(permute(reshaped(ours, [h, w, c, o]), [3, 2, 0, 1]), there),
  };
};

/** The layout of a weight, by its role (the last part of its name) and shape. */
export const layoutOf = (slot: Slot, place: Place): Layout => {
  if (place.shape) return same(slot, place.shape);
  const role = slot.name.slice(slot.name.lastIndexOf('/') + 1);
  if (role === 'depthwise_kernel') return grouped(slot);
  if (role === 'kernel' && slot.shape.length === 4) return convolution(slot);
  if (role === 'kernel' && slot.shape.length === 2) return dense(slot, place);
  return same(slot);
};

/** Our own files keep our own layouts. */
export const ownLayout = (slot: Slot): Layout => same(slot);
