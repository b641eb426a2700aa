import { roundEven } from '@understory/core';
import { atOnce, inTurns } from '../turns.ts';
import { recently } from './recently.ts';
import { layOut, pixelMachine } from './wasm/pixelMachine.ts';

/** Pixels [H, W, 3] uint8, row-major. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Part of a resized picture: its upper left corner, height and width. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly size: readonly [number, number];
}

/** What each output pixel of one axis is made of: `count` inputs from `first[i]` on, with weights in units of 2⁻²². */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [outputs, most] */
  readonly weights: Int32Array;
  readonly most: number;
  /** Inputs of the output that has the most. */
  readonly fullest: number;
}

const BITS = 22;
const HALF = 2 ** (BITS - 1);

/** Triangle filter over as many input pixels as an output pixel covers, at least one on each side of its centre. */
const triangles = (from: number, to: number, start: number, length: number): Taps => {
  const scale = from / to;
  const spread = Math.max(scale, 1);
  const most = Math.ceil(spread) * 2 + 1;
  const [first, count] = [new Int32Array(length), new Int32Array(length)];
  const weights = new Int32Array(length * most);
  for (let i = 0; i < length; i++) {
    const centre = (start + i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - spread + 0.5));
    const end = Math.min(from, Math.trunc(centre + spread + 0.5));
    const raw = Array.from({ length: end - begin }, (_, k) =>
      Math.max(0, 1 - Math.abs((begin + k - centre + 0.5) / spread)),
    );
    const total = raw.reduce((a, b) => a + b, 0);
    first[i] = begin;
    count[i] = raw.length;
    raw.forEach((w, k) => (weights[i * most + k] = Math.round((w / total) * 2 ** BITS)));
  }
  return { first, count, weights, most, fullest: count.reduce((a, b) => Math.max(a, b), 0) };
};

/** Working them out takes as long as using them. */
const tapsOf = recently(triangles);

/** Where a row of pixels begins. */
interface Row {
  readonly data: Uint8Array;
  readonly from: number;
}

/** `filterRow` of two taps or one, which is what enlarging has: the same sums, without a loop. */
const enlargeRow = ({ data: source, from }: Row, taps: Taps, { data: out, from: to }: Row): void => {
  const { first, count, weights, most } = taps;
  for (let i = 0, o = to; i < first.length; i++, o += 3) {
    const a = from + first[i]! * 3;
    const b = count[i]! > 1 ? a + 3 : a; // a tap that is not there weighs nothing, wherever it points
    const [v, w] = [weights[i * most]!, count[i]! > 1 ? weights[i * most + 1]! : 0];
    out[o] = (HALF + Math.imul(v, source[a]!) + Math.imul(w, source[b]!)) >> BITS;
    out[o + 1] = (HALF + Math.imul(v, source[a + 1]!) + Math.imul(w, source[b + 1]!)) >> BITS;
    out[o + 2] = (HALF + Math.imul(v, source[a + 2]!) + Math.imul(w, source[b + 2]!)) >> BITS;
  }
};

/** Filters a row of the source into one of the result. Weights sum up to 2²², so sums of products fit 32 bits. */
const filterRow = ({ data: source, from }: Row, taps: Taps, { data: out, from: to }: Row): void => {
  const { first, count, weights, most } = taps;
  if (taps.fullest < 3) {
    enlargeRow({ data: source, from }, taps, { data: out, from: to });
    return;
  }
  for (let i = 0, o = to; i < first.length; i++, o += 3) {
    let [r, g, b] = [HALF, HALF, HALF];
    let at = from + first[i]! * 3;
    const end = i * most + count[i]!;
    for (let k = i * most; k < end; k++, at += 3) {
      const w = weights[k]!;
      r = (r + w * source[at]!) | 0;
      g = (g + w * source[at + 1]!) | 0;
      b = (b + w * source[at + 2]!) | 0;
    }
    out[o] = Math.min(255, r >> BITS);
    out[o + 1] = Math.min(255, g >> BITS);
    out[o + 2] = Math.min(255, b >> BITS);
  }
};

/** Filters rows, of which `data` holds those from `from` on, into row `i` of the result. */
const filterColumns = ({ data: rows, from: above }: Row, taps: Taps, i: number, out: Uint8Array): void => {
  const { first, count, weights, most, fullest } = taps;
  const length = out.length / first.length;
  const to = i * length;
  const base = (first[i]! - above) * length;
  if (fullest < 3) {
    const below = count[i]! > 1 ? base + length : base;
    const [v, w] = [weights[i * most]!, count[i]! > 1 ? weights[i * most + 1]! : 0];
    for (let x = 0; x < length; x++)
      out[to + x] = (HALF + Math.imul(v, rows[base + x]!) + Math.imul(w, rows[below + x]!)) >> BITS;
    return;
  }
  for (let x = 0; x < length; x++) {
    let sum = HALF;
    for (let k = 0, at = base + x; k < count[i]!; k++, at += length)
      sum = (sum + weights[i * most + k]! * rows[at]!) | 0;
    out[to + x] = Math.min(255, sum >> BITS);
  }
};

/** Values of a result up to which it is made without a pause. */
const MOST_AT_ONCE = 2 ** 20;

/**
 * `filterColumns` of all rows of two taps or one, sixteen numbers at a time; undefined where this processor cannot, or
 * where there are so many that the event loop should have a turn meanwhile.
 */
const enlargeColumns = (rows: Row, taps: Taps, length: number): Uint8Array | undefined => {
  const { first, count, weights, most, fullest } = taps;
  const total = first.length * length;
  if (fullest > 2 || total > MOST_AT_ONCE) return undefined;
  const { places, size } = layOut([rows.data.length, total]);
  const machine = pixelMachine(size);
  if (!machine) return undefined;
  const [at = 0, to = 0] = places;
  machine.bytes.set(rows.data, at);
  for (let i = 0; i < first.length; i++) {
    const isPair = count[i]! > 1;
    const above = at + (first[i]! - rows.from) * length;
    const [v, w] = [weights[i * most]!, isPair ? weights[i * most + 1]! : 0];
    machine.mixRows(above, isPair ? above + length : above, v, w, length, to + i * length);
  }
  return machine.bytes.slice(to, to + total);
};

/** The resize, row by row: whoever runs it may pause between two. */
function* resizing(source: Pixels, to: readonly [number, number], window: Window): Generator<void, Pixels> {
  const { data, height, width } = source;
  const [h, w] = window.size;
  const across = tapsOf(width, to[1], window.left, w);
  const down = tapsOf(height, to[0], window.top, h);
  const above = down.first[0] ?? 0;
  const below = (down.first[h - 1] ?? 0) + (down.count[h - 1] ?? 0);
  const rows = new Uint8Array((below - above) * w * 3);
  for (let y = above; y < below; y++) {
    filterRow({ data, from: y * width * 3 }, across, { data: rows, from: (y - above) * w * 3 });
    yield;
  }
  const enlarged = enlargeColumns({ data: rows, from: above }, down, w * 3);
  if (enlarged) return { data: enlarged, height: h, width: w };
  const out = new Uint8Array(h * w * 3);
  for (let i = 0; i < h; i++) {
    filterColumns({ data: rows, from: above }, down, i, out);
    yield;
  }
  return { data: out, height: h, width: w };
}

const whole = (to: readonly [number, number]): Window => ({ top: 0, left: 0, size: to });

/**
 * Antialiased bilinear resize, horizontally, rounded, then vertically, in the fixed-point arithmetic of the field's
 * reference (Pillow), to the bit. Gives the `window` of it alone.
 */
export const resizeBilinear = (source: Pixels, to: readonly [number, number], window = whole(to)): Pixels =>
  atOnce(resizing(source, to, window));

/** `resizeBilinear` that gives the event loop a turn every few milliseconds. */
export const resizeInTurns = (
  source: Pixels,
  to: readonly [number, number],
  window = whole(to),
): Promise<Pixels> => inTurns(resizing(source, to, window));

export interface Placement {
  /** Size to which the whole image is resized. */
  readonly resized: readonly [number, number];
  readonly top: number;
  readonly left: number;
}

/**
 * Resize that just covers `size`, then the centre: for a square, the shorter side becomes the square's and the longer
 * one ⌊side · long / short⌋. `from` and `size` are [height, width].
 */
export const placement = (from: readonly [number, number], size: readonly [number, number]): Placement => {
  const [h, w] = from;
  const [th, tw] = size;
  // The side that is scaled the most decides; products of whole numbers, so that no rounding makes a side too short.
  const resized =
    th * w >= tw * h ? ([th, Math.floor((th * w) / h)] as const) : ([Math.floor((tw * h) / w), tw] as const);
  return { resized, top: roundEven((resized[0] - th) / 2), left: roundEven((resized[1] - tw) / 2) };
};
