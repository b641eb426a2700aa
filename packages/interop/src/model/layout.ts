import type { Layout, Place } from '../names/nameTable.ts';
import { permute, reshaped } from './permute.ts';
import type { Slot } from './slots.ts';

const same = ({ shape }: Slot): Layout => ({
  shape,
  read: (theirs) => reshaped(theirs, shape),
  write: (ours) => reshaped(ours, shape),
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

/** [in, out] ↔ [out, in] */
const dense = ({ shape: [i, o] }: Slot): Layout => ({
  shape: [o!, i!],
  read: (theirs) => permute(theirs, [1, 0]),
  write: (ours) => permute(ours, [1, 0]),
});

/** PyTorch's layout of a weight, by its role (the last part of its name) and shape. */
const usualLayout = (slot: Slot): Layout => {
  const role = slot.name.slice(slot.name.lastIndexOf('/') + 1);
  if (role === 'depthwise_kernel') return grouped(slot);
  if (role === 'kernel' && slot.shape.length === 4) return convolution(slot);
  if (role === 'kernel' && slot.shape.length === 2) return dense(slot);
  return same(slot);
};

/** The layout of a weight at its place in another code. */
export const layoutOf = (slot: Slot, place: Place): Layout => {
  const usual = place.layout?.(usualLayout(slot)) ?? usualLayout(slot);
  if (!place.shape) return usual;
  const shape = place.shape(usual.shape);
  return {
    shape,
    read: (theirs) => usual.read(reshaped(theirs, usual.shape)),
    write: (ours) => reshaped(usual.write(ours), shape),
  };
};

/** Our own files keep our own layouts. */
export const ownLayout = same;
