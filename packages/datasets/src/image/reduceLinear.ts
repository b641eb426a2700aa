import { UnderstoryError, roundEven } from '@understory/core';
import { recently } from './recently.ts';
import type { Pixels, Window } from './resizeBilinear.ts';
import { layOut, pixelMachine, SLACK, type PixelMachine } from './wasm/pixelMachine.ts';

type Size = readonly [height: number, width: number];

/** What each output pixel of one axis is made of, as libvips reduces by its kernel `linear`. */
interface Taps {
  /** The first pixel of each, which may lie outside. */
  readonly first: Int32Array;
  /** Pairs of weights of 16 bits, in units of 2⁻¹² [outputs, pairs]. */
  readonly weights: Int32Array;
  /** Pairs of weights of an output. */
  readonly pairs: number;
  /** Weights of an output. */
  readonly points: number;
}

/** Places between two pixels at which there are weights. */
const STEPS = 64;

/** Weights [points] of an output that lies `step` steps behind its middle pixel. */
const weightsAt = (step: number, points: number, shrink: number): readonly number[] => {
  const half = step / STEPS + points / 2 - 1;
  const raw = Array.from({ length: points }, (_, i) => Math.max(0, 1 - Math.abs((i - half) / shrink)));
  const total = raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => Math.trunc((w / total) * 4096));
};

/** Rows that libvips makes at a time: it begins to count anew with each strip. */
const STRIP = 16;

// The order of operations is libvips's own: where an output lies just between two steps, rounding decides.
const tapsOf = recently((from: number, to: number, strip: number): Taps => {
  const shrink = 1 / (1 / (from / to));
  const points = 2 * roundEven(shrink) + 1;
  const pairs = Math.ceil(points / 2);
  const offset = (1 + (to * shrink - from)) / 2 - 1;
  const [first, weights] = [new Int32Array(to), new Int32Array(to * pairs)];
  const known = Array.from({ length: STEPS + 1 }, (_, step) => weightsAt(step, points, shrink));
  for (let i = 0, at = 0; i < to; i++, at += shrink) {
    if (i % strip === 0) at = (i + 0.5) * shrink - 0.5 - offset;
    const own = known[((Math.trunc(at * STEPS * 2) & (2 * STEPS - 1)) + 1) >> 1]!;
    first[i] = Math.trunc(at) - (Math.ceil(points / 2) - 1);
    for (let k = 0; k < pairs; k++) weights[i * pairs + k] = own[2 * k]! | ((own[2 * k + 1] ?? 0) << 16);
  }
  return { first, weights, pairs, points };
});

/** Pixels from which on a picture is not copied to be reduced. */
const MOST_PIXELS = 2 ** 20;

/** From this factor on libvips shrinks a picture in another way first, or reads it at a part of its size. */
const MOST_SHRINK = 2;

/** Whether `reduceLinear` can reduce a picture of this size to that one on this processor. */
export const isReducible = (from: Size, to: Size): boolean =>
  from[0] * from[1] <= MOST_PIXELS &&
  pixelMachine(0) !== undefined &&
  ([0, 1] as const).every((axis) => to[axis] <= from[axis] && from[axis] < MOST_SHRINK * to[axis]);

/** Where things lie in the machine's memory. */
interface Places {
  readonly source: number;
  /** A row of the picture that is reduced downwards alone, with pixels beyond both ends. */
  readonly row: number;
  readonly pairs: number;
  readonly taps: number;
  readonly out: number;
}

/** Where each of the window's pixels begins in a padded row, and its weights, as `sumPixels` reads them. */
const putTaps = (
  words: Int32Array,
  at: number,
  { first, weights, pairs }: Taps,
  { left, size, pad }: Across,
): void => {
  let to = at / 4;
  for (let x = left; x < left + size; x++) {
    words[to++] = (first[x]! + pad) * 3;
    for (let k = 0; k < pairs; k++) words[to++] = weights[x * pairs + k]!;
  }
};

interface Across {
  readonly left: number;
  readonly size: number;
  /** Pixels that are put before a row and behind it. */
  readonly pad: number;
}

/** The pairs of rows that output row `y` is made of; rows outside are those at the edge. */
const putRows = (
  words: Int32Array,
  { source, pairs: at }: Places,
  { taps, y, from: [height, width] }: { readonly taps: Taps; readonly y: number; readonly from: Size },
): void => {
  const begin = (row: number): number => source + Math.min(height - 1, Math.max(0, row)) * width * 3;
  for (let k = 0, to = at / 4; k < taps.pairs; k++) {
    words[to++] = begin(taps.first[y]! + 2 * k);
    words[to++] = begin(taps.first[y]! + 2 * k + 1);
    words[to++] = taps.weights[y * taps.pairs + k]!;
  }
};

/** Repeats the pixel at each end of a row. */
const padRow = (bytes: Uint8Array, at: number, width: number, pad: number): void => {
  const last = at + (width - 1) * 3;
  for (let i = 1; i <= pad; i++) {
    bytes.copyWithin(at - 3 * i, at, at + 3);
    bytes.copyWithin(last + 3 * i, last, last + 3);
  }
};

const reduceRows = (
  machine: PixelMachine,
  places: Places,
  [from, to]: readonly [Size, Size],
  window: Window,
): void => {
  const { bytes, words, sumRows, sumPixels } = machine;
  const [height, width] = from;
  const [rows, columns] = window.size;
  const down = to[0] === height ? undefined : tapsOf(height, to[0], STRIP);
  const across = to[1] === width ? undefined : tapsOf(width, to[1], Infinity);
  const pad = across?.points ?? 0;
  const row = places.row + pad * 3;
  if (across) putTaps(words, places.taps, across, { left: window.left, size: columns, pad });
  for (let i = 0; i < rows; i++) {
    const y = window.top + i;
    const out = places.out + i * columns * 3;
    if (down) {
      putRows(words, places, { taps: down, y, from });
      sumRows(places.pairs, down.pairs, width * 3, row);
    } else bytes.copyWithin(row, places.source + y * width * 3, places.source + (y + 1) * width * 3);
    padRow(bytes, row, width, pad);
    if (across) sumPixels(places.row, places.taps, across.pairs, columns, out);
    else bytes.copyWithin(out, row + window.left * 3, row + (window.left + columns) * 3);
  }
};

/**
 * Reduces a picture as libvips does it with the kernel `linear`, to the bit, and without setting it up. Gives the `window` of
 * it alone. For what `isReducible` says.
 */
export const reduceLinear = (source: Pixels, to: Size, window: Window): Pixels => {
  const { data, height, width } = source;
  const [rows, columns] = window.size;
  const { places, size } = layOut([
    ...[data.length, (width + 16) * 3 + SLACK, 64, columns * 16, rows * columns * 3],
  ]);
  const machine = pixelMachine(size);
  if (!machine) throw new UnderstoryError('invalid-value', 'reduceLinear is called where it cannot work.');
  const [at = 0, row = 0, pairs = 0, taps = 0, out = 0] = places;
  machine.bytes.set(data, at);
  reduceRows(machine, { source: at, row, pairs, taps, out }, [[height, width], to], window);
  return { data: machine.bytes.slice(out, out + rows * columns * 3), height: rows, width: columns };
};
