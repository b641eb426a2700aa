import {
  classesOf,
  classSamples,
  permutation,
  pickSamples,
  UnderstoryError,
  type ClassSamples,
  type DatasetRequest,
  type Samples,
  type Seed,
} from '@understory/core';
import { balancedPositions, type Amount } from '../splits/splits.ts';

/** An error for a position that a split has not. */
export const checkPosition = (position: number, length: number): void => {
  if (Number.isInteger(position) && position >= 0 && position < length) return;
  throw new UnderstoryError(
    'bad-position',
    `No sample at position ${position}: this split holds 0 … ${length - 1}.`,
  );
};

/** Reads images that lie in memory, `pixels` [N, H, W, 3]. A position that is none is a rejection. */
const readerOf =
  (pixels: Uint8Array, { length, size }: Pick<Samples, 'length' | 'size'>): Samples['read'] =>
  // eslint-disable-next-line @typescript-eslint/require-await -- turns a bad position into a rejection
  async (positions) => {
    const bytes = size[0] * size[1] * 3;
    const out = new Uint8Array(positions.length * bytes);
    for (let i = 0; i < positions.length; i++) {
      const at = positions[i]!;
      checkPosition(at, length);
      out.set(pixels.subarray(at * bytes, (at + 1) * bytes), i * bytes);
    }
    return out;
  };

export interface RawImages extends Pick<ClassSamples, 'size' | 'labels' | 'describe'> {
  /** [N, H, W, 3] uint8, row-major. */
  readonly pixels: Uint8Array;
}

/** Samples of one class each whose pixels lie in memory. */
export const rawSamples = ({ pixels, ...samples }: RawImages): Samples & { readonly groups: Int32Array } => {
  const { length } = samples.labels;
  return classSamples({ ...samples, length, read: readerOf(pixels, { ...samples, length }) });
};

type Size = readonly [height: number, width: number];

/** The upper left corner of each image [n, H, W, 3]. */
const cornersOf = (
  pixels: Uint8Array,
  { from, to }: { readonly from: Size; readonly to: Size },
): Uint8Array => {
  const count = pixels.length / (from[0] * from[1] * 3);
  const row = to[1] * 3;
  const out = new Uint8Array(count * to[0] * row);
  for (let y = 0; y < count * to[0]; y++) {
    const first = (Math.floor(y / to[0]) * from[0] + (y % to[0])) * from[1] * 3;
    out.set(pixels.subarray(first, first + row), y * row);
  }
  return out;
};

const CHUNK = 256;

/** Reads every sample once and keeps its pixels: N·H·W·3 bytes. */
export const inMemory = async (samples: Samples, progress?: DatasetRequest['progress']): Promise<Samples> => {
  const { length, size } = samples;
  const bytes = size[0] * size[1] * 3;
  const pixels = new Uint8Array(length * bytes);
  for (let from = 0; from < length; from += CHUNK) {
    const count = Math.min(CHUNK, length - from);
    pixels.set(await samples.read(Int32Array.from({ length: count }, (_, i) => from + i)), from * bytes);
    progress?.(from + count, length, 'reading images');
  }
  const all = Int32Array.from({ length }, (_, i) => i);
  const read = readerOf(pixels, samples);
  const picked = pickSamples(samples, all);
  if (!picked.canvases) return { ...picked, read };
  const canvases = {
    ...picked.canvases,
    read: async (positions: ArrayLike<number>, to: readonly [number, number]) =>
      cornersOf(await read(positions), { from: size, to }),
  };
  return { ...picked, read, canvases };
};

/** The samples at these positions, in this order; nothing is copied. Errors: `bad-position`. */
export const subset = (samples: Samples, positions: ArrayLike<number>): Samples => {
  const from = Int32Array.from(positions);
  for (const position of from) checkPosition(position, samples.length);
  const picked = pickSamples(samples, from);
  const checked = (wanted: ArrayLike<number>): ArrayLike<number> => {
    for (let i = 0; i < wanted.length; i++) checkPosition(wanted[i]!, from.length);
    return wanted;
  };
  const { canvases } = picked;
  return {
    ...picked,
    ...(canvases && {
      canvases: { ...canvases, read: async (wanted, size) => canvases.read(checked(wanted), size) },
    }),
    readTargets: async (wanted) => picked.readTargets(checked(wanted)),
    read: async (wanted) => picked.read(checked(wanted)),
    describe: (position) => picked.describe(checked([position])[0]!),
  };
};

/**
 * A class-balanced part of a split: the labelled images of a semi-supervised run, say. `{ fraction: 0.1 }` takes 10 %
 * of each class, `{ count: 400 }` as equal a number of each as there is. Errors: `bad-amount`, `no-labels`.
 */
export const balancedSubset = (samples: Samples, amount: Amount, seed: Seed): Samples =>
  subset(samples, balancedPositions(classesOf(samples), amount, seed.rng()));

/** So many samples by chance, in order: where they have no class each to be balanced by. */
export const drawn = (samples: Samples, count: number, seed: Seed): Samples =>
  subset(samples, permutation(samples.length, seed.rng()).subarray(0, count).sort());
