import { readFile, stat } from 'node:fs/promises';
import { UnderstoryError, type Fit, type Normalization } from '@understory/core';
import { systemReason } from '../errors.ts';
import { meanColour } from '../normalization.ts';
import { MAX_ENCODED, TOO_LARGE } from '../sources/fileSource.ts';
import { bySides, canvasFor, contained, type SideBounds } from './contained.ts';
import { decodeImage, imageSize, type DecodeOptions } from './decodeImage.ts';
import { frameOf } from './frameOf.ts';
import { NO_DECODER } from './loadSharp.ts';
import type { Pixels } from './resizeBilinear.ts';

/** Most pixels that an image may have, and the colour behind transparent parts, where nothing else is said. */
export const DECODE_DEFAULTS = {
  maxPixels: 100_000_000,
  background: [255, 255, 255],
} as const satisfies Partial<DecodeOptions>;

const load = async (file: string): Promise<Uint8Array> => {
  const info = await stat(file);
  if (info.isDirectory()) throw new UnderstoryError('bad-image', 'it is a folder; name an image in it');
  if (!info.isFile()) throw new UnderstoryError('bad-image', 'it is a device or pipe');
  if (info.size > MAX_ENCODED) throw new UnderstoryError('bad-image', TOO_LARGE);
  return readFile(file);
};

const loaded = async <T>(file: string, use: (bytes: Uint8Array) => Promise<T>): Promise<T> => {
  try {
    return await use(await load(file));
  } catch (error) {
    if (error instanceof UnderstoryError && error.code === NO_DECODER) throw error;
    const reason = error instanceof UnderstoryError ? error.message : systemReason(error);
    throw new UnderstoryError('bad-image', `Cannot read ${file}: ${reason}.`, { cause: error });
  }
};

/**
 * One image file → [H, W, 3] uint8, read as the `images` dataset reads it: shorter side resized to `size` [H, W],
 * then the centre. Errors: `bad-image`, also where the file cannot be opened.
 */
export const readImage = (file: string, size: readonly [number, number]): Promise<Uint8Array> =>
  loaded(file, async (bytes) => (await decodeImage(bytes, { ...DECODE_DEFAULTS, size })).data);

export interface FramedImage {
  /** [H, W, 3] */
  readonly pixels: Uint8Array;
  /** [H, W] */
  readonly size: readonly [number, number];
  /**
   * Top, left, bottom, right of the whole picture in these pixels, also where it reaches beyond them, then its own height and
   * width: a row of the target `frame`.
   */
  readonly frame: readonly [number, number, number, number, number, number];
}

/** How a picture comes to the size of a network's images. */
export interface Framing extends Pick<Normalization, 'mean'> {
  /** See `Dataset.fit`; `contain` where absent. */
  readonly fit?: Fit | undefined;
  /** See `Dataset.sides`: the image is then one of `canvases`, or where none is so small one for all pictures of its kind. */
  readonly sides?: SideBounds | undefined;
  /** Sizes that the network's images had; `size` alone where absent. */
  readonly canvases?: readonly (readonly [number, number])[] | undefined;
}

/**
 * The smallest image that holds a picture of this size, of those that the network knows and those that hold every picture of its
 * kind: few, since a compiled network is made ready for each.
 */
const imageFor = (
  [height, width]: readonly [number, number],
  known: readonly (readonly [number, number])[],
  { shortest, longest }: SideBounds,
): readonly [number, number] => {
  const ofKind = canvasFor([height > width ? [longest, shortest] : [shortest, longest]]);
  const areaOf = ([h, w]: readonly [number, number]): number => h * w;
  return known
    .filter(([h, w]) => height <= h && width <= w)
    .reduce((best, one) => (areaOf(one) < areaOf(best) ? one : best), ofKind);
};

/**
 * One image file as a dataset of this framing reads it, upright: scaled to fit into `size` [H, W], top left, the rest filled
 * with the mean colour of a normalization; or filling `size`, its centre; or scaled by its sides. Errors: `bad-image`.
 */
export const readFramedImage = (
  file: string,
  size: readonly [number, number],
  framing: Framing,
): Promise<FramedImage> => loaded(file, (bytes) => frameImage(bytes, size, framing));

/** As `readFramedImage`, of an image's bytes of at most `maxPixels` pixels. Errors: `bad-image`. */
export const frameImage = async (
  bytes: Uint8Array,
  size: readonly [number, number],
  { mean, fit = 'contain', sides, canvases = [size] }: Framing,
  maxPixels: number = DECODE_DEFAULTS.maxPixels,
): Promise<FramedImage> => {
  const open = { ...DECODE_DEFAULTS, maxPixels };
  const full = await imageSize(bytes, open);
  const within = sides && bySides(full, sides);
  const image = within ? imageFor(within, canvases, sides) : size;
  const how = { size: image, fit, within, fill: meanColour(mean) };
  const { data } = await decodeImage(bytes, { ...open, ...how });
  const place = within ? ([0, 0, ...within] as const) : frameOf(full, image, fit);
  return { pixels: data, size: image, frame: [...place, ...full] };
};

/** A picture in its own form. */
export interface WholeImage extends Pixels {
  /** [height, width] of the picture as it is to be seen, before it was made smaller. */
  readonly full: readonly [number, number];
}

/** One image file as people see it, made smaller where a side is longer than `longest` pixels. Errors: `bad-image`. */
export const readWholeImage = (file: string, longest: number): Promise<WholeImage> =>
  loaded(file, async (bytes) => {
    const full = await imageSize(bytes, DECODE_DEFAULTS);
    const size = Math.max(...full) > longest ? contained(full, [longest, longest]) : full;
    return { ...(await decodeImage(bytes, { ...DECODE_DEFAULTS, size, fit: 'contain' })), full };
  });
