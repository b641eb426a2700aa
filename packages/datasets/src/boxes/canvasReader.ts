import type { Canvases } from '@understory/core';
import { encodedFiles, imageReader, type ImageRef } from '../image/imageSamples.ts';
import type { DecodeOptions } from '../image/decodeImage.ts';
import { checkPosition } from '../samples/samples.ts';
import type { Places } from './places.ts';

type Size = Canvases['sizes'][number];

export interface CanvasReaderOptions {
  /** Decodes an image onto its own canvas. */
  readonly decode: (position: number) => DecodeOptions;
  /** Colour of what pictures leave free. */
  readonly fill: readonly [number, number, number];
  readonly cacheBytes: number;
}

const bytesOf = ([height, width]: Size): number => height * width * 3;

/** A reader of the images of each canvas, by their place among these. They share the cache by what their images need. */
const readersOf = (
  refs: readonly ImageRef[],
  { sizes, of }: Pick<Canvases, 'sizes' | 'of'>,
  { decode, cacheBytes }: CanvasReaderOptions,
) => {
  const all = refs.map((ref, position) => ({ ref, position }));
  const groups = sizes.map((own, canvas) => {
    const some = all.filter(({ position }) => of[position] === canvas);
    return { own, some, need: some.length * bytesOf(own) };
  });
  const total = groups.reduce((sum, { need }) => sum + need, 0);
  return groups.map(({ own, some, need }) => {
    const share = Math.floor((cacheBytes * need) / Math.max(1, total));
    const decodeAt = (place: number): DecodeOptions => decode(some[place]?.position ?? place);
    const list = encodedFiles(some.map(({ ref }) => ref));
    return { own, read: imageReader(list, { size: own, cacheBytes: share }, decodeAt) };
  });
};

/** The place of each image among those of its canvas. */
const ranksOf = (of: Uint8Array): Int32Array => {
  const seen = new Int32Array(256);
  return Int32Array.from(of, (canvas) => {
    const rank = seen[canvas] ?? 0;
    seen[canvas] = rank + 1;
    return rank;
  });
};

/** Some of the images that were asked for, on their own canvas. */
interface Part {
  readonly own: Size;
  /** Where each of them stands in the result. */
  readonly places: readonly number[];
  readonly images: Uint8Array;
}

/** Copies images top left onto their places. */
const layOn = (out: Uint8Array, on: Size, { own: [height, width], places, images }: Part): void => {
  const row = width * 3;
  places.forEach((place, i) => {
    for (let y = 0; y < height; y++) {
      const from = (i * height + y) * row;
      out.set(images.subarray(from, from + row), (place * on[0] + y) * on[1] * 3);
    }
  });
};

/** So many bytes of one colour. */
const filled = (bytes: number, colour: readonly number[]): Uint8Array => {
  const out = new Uint8Array(bytes);
  if (bytes > 0) out.set(colour);
  for (let done = 3; done < bytes; done *= 2) out.copyWithin(done, 0, done);
  return out;
};

/**
 * Reads images on a canvas of any size that holds them. Each is decoded, and kept in the cache, on its own canvas; on a larger
 * one it lies top left.
 */
export const canvasReader = (
  refs: readonly ImageRef[],
  { size, canvases = { sizes: [size], of: new Uint8Array(refs.length) } }: Places,
  options: CanvasReaderOptions,
): Canvases['read'] => {
  const { of } = canvases;
  const readers = readersOf(refs, canvases, options);
  const ranks = ranksOf(of);
  return async (positions, on) => {
    const wanted = Array.from(positions);
    for (const position of wanted) checkPosition(position, refs.length);
    const parts = await Promise.all(
      readers.map(async ({ own, read }, canvas): Promise<Part> => {
        const places = [...wanted.keys()].filter((i) => of[wanted[i] ?? -1] === canvas);
        const images = await read(places.map((i) => ranks[wanted[i] ?? -1] ?? -1));
        return { own, places, images };
      }),
    );
    const whole = parts.find(
      ({ own, places }) => own.join() === on.join() && places.length === wanted.length,
    );
    if (whole) return whole.images;
    const out = filled(wanted.length * bytesOf(on), options.fill);
    for (const part of parts) layOn(out, on, part);
    return out;
  };
};
