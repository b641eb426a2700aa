import { imageReader, type ImageRef } from '../image/imageSamples.ts';
import type { DecodeOptions } from '../image/decodeImage.ts';
import { checkPosition } from '../samples/samples.ts';
import type { Places } from './places.ts';

type Size = readonly [height: number, width: number];
type ReadOn = (positions: ArrayLike<number>, size: Size) => Promise<Uint8Array>;

/** An image that lies in a list of them, and where it is to lie. */
interface Move {
  readonly from: Uint8Array;
  readonly own: Size;
  /** Which image of `from`, and which of the result. */
  readonly at: readonly [from: number, to: number];
}

/** Copies an image [h, w, 3] top left onto a canvas of `size`. */
const layOn = (out: Uint8Array, size: Size, { from, own: [height, width], at }: Move): void => {
  const [first, to] = [at[0] * height * width * 3, at[1] * size[0] * size[1] * 3];
  for (let y = 0; y < height; y++) {
    const row = first + y * width * 3;
    out.set(from.subarray(row, row + width * 3), to + y * size[1] * 3);
  }
};

/** `count` images of one colour. */
const filled = (count: number, [height, width]: Size, colour: readonly number[]): Uint8Array => {
  const out = new Uint8Array(count * height * width * 3);
  if (out.length > 0) out.set(colour);
  for (let done = 3; done < out.length; done *= 2) out.copyWithin(done, 0, done);
  return out;
};

export interface CanvasReaderOptions {
  /** Decodes an image onto its own canvas. */
  readonly decode: (position: number) => DecodeOptions;
  /** Colour of what pictures leave free. */
  readonly fill: readonly [number, number, number];
  readonly cacheBytes: number;
}

/**
 * Reads images on a canvas of any size that holds them. Each is decoded, and kept in the cache, on its own canvas; on a larger
 * one it lies top left. The canvases share the cache by what their images need.
 */
export const canvasReader = (
  refs: readonly ImageRef[],
  { size, canvases = { sizes: [size], of: new Uint8Array(refs.length) } }: Places,
  { decode, fill, cacheBytes }: CanvasReaderOptions,
): ReadOn => {
  const { sizes, of } = canvases;
  const members = sizes.map((_, canvas) => [...refs.keys()].filter((position) => of[position] === canvas));
  const needs = sizes.map(([h, w], canvas) => h * w * 3 * (members[canvas]?.length ?? 0));
  const total = Math.max(1, needs.reduce((a, b) => a + b, 0)); // prettier-ignore
  const local = new Int32Array(refs.length);
  const kinds = sizes.map((own, canvas) => {
    const positions = members[canvas] ?? [];
    positions.forEach((position, i) => (local[position] = i));
    const share = Math.floor((cacheBytes * (needs[canvas] ?? 0)) / total);
    const some = positions.flatMap((position) => refs[position] ?? []);
    const read = imageReader(some, { size: own, cacheBytes: share }, (i) => decode(positions[i] ?? 0));
    return { own, read };
  });
  return async (wanted, on) => {
    for (let i = 0; i < wanted.length; i++) checkPosition(wanted[i] ?? -1, refs.length);
    const places = kinds.map((_, canvas) =>
      [...Array(wanted.length).keys()].filter((i) => of[wanted[i] ?? 0] === canvas),
    );
    const parts = await Promise.all(
      kinds.map(({ read }, canvas) => read((places[canvas] ?? []).map((i) => local[wanted[i] ?? 0] ?? 0))),
    );
    const whole = kinds.findIndex(
      ({ own }, c) => own.join() === on.join() && places[c]?.length === wanted.length,
    );
    if (parts[whole]) return parts[whole];
    const out = filled(wanted.length, on, fill);
    parts.forEach((from, canvas) => {
      const own = sizes[canvas] ?? size;
      places[canvas]?.forEach((to, i) => layOn(out, on, { from, own, at: [i, to] }));
    });
    return out;
  };
};
