import { UnderstoryError } from '@understory/core';
import type { Metadata, Sharp } from 'sharp';
import { inTurns } from '../turns.ts';
import { decodeBmp } from './bmp.ts';
import { imageFormat } from './imageFormat.ts';
import { loadSharp } from './loadSharp.ts';
import type { Pixels } from './resizeBilinear.ts';

export interface OpenOptions {
  /** Most pixels that a file may claim to hold. */
  readonly maxPixels: number;
  /** Colour behind transparent parts. */
  readonly background: readonly [number, number, number];
  /** Turned by its EXIF orientation (`upright`, the default), or as its pixels are stored. */
  readonly orientation?: Orientation | undefined;
}

/** Which way up pictures are read: as they are to be seen, or as their pixels are stored. */
export type Orientation = 'upright' | 'stored';

/** An image whose header is read and whose pixels are not yet. */
export interface OpenedImage {
  /** sRGB of 8 bits in three channels, upright. */
  readonly image: () => Promise<Sharp>;
  /** The same, where it is decoded already. */
  readonly pixels?: Pixels;
  /** [height, width] as the picture is to be seen. */
  readonly full: readonly [number, number];
}

/** Floats are read whole, before they are scaled: four times the memory. */
const MAX_FLOATS = 16_000_000;

export const unreadable = (why: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError('bad-image', why, cause === undefined ? {} : { cause });

export const fromPixels = (pixels: Pixels): OpenedImage => {
  const { data, height, width } = pixels;
  return {
    // Made where it is asked for: that costs as much as decoding a small picture.
    image: async () => (await loadSharp())(data, { raw: { width, height, channels: 3 } }),
    full: [height, width],
    pixels,
  };
};

const CHUNK = 65_536;

/** No picture of 0…255 is as dark as this: floats of 0…1 that go a little beyond, as sharpened ones do. */
const DARKEST = 4;

/** Floats of 0…1, or of 0…255, as whole numbers; others have a meaning that the file does not tell. */
function* toBytes(floats: Float32Array): Generator<void, Uint8Array> {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < floats.length; i++) {
    const v = floats[i]!;
    if (!Number.isFinite(v)) throw unreadable('a pixel that is not finite, among its floats');
    if (v < low) low = v;
    if (v > high) high = v;
    if (i % CHUNK === 0) yield;
  }
  const range = `its pixels are floats from ${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))}`;
  if (low < 0 || high > 255 || (high > 1 && high < DARKEST))
    throw unreadable(`${range}; scale them to 0…1 or 0…255`);
  const scale = high <= 1 ? 255 : 1;
  const out = new Uint8Array(floats.length);
  for (let i = 0; i < floats.length; i++) {
    out[i] = Math.round(floats[i]! * scale);
    if (i % CHUNK === 0) yield;
  }
  return out;
}

/** A TIFF of floats: the decoder would take 0…1 for 0 and 1 of 255. */
const fromFloats = async (
  bytes: Uint8Array,
  { space, width, height, hasAlpha }: Metadata,
): Promise<OpenedImage> => {
  if (hasAlpha) throw unreadable('floats with a transparent channel; convert it to 8 or 16 bits');
  if (width * height > MAX_FLOATS) throw unreadable(`floats of more than ${MAX_FLOATS} pixels`);
  if (space !== 'b-w' && space !== 'srgb' && space !== 'rgb' && space !== 'scrgb')
    throw unreadable('its pixels are not red, green and blue');
  const sharp = await loadSharp();
  const image = sharp(bytes, { failOn: 'error' });
  if (space === 'scrgb') image.pipelineColourspace('scrgb').toColourspace('scrgb');
  const { data, info } = await image.raw({ depth: 'float' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw unreadable('its pixels are not red, green and blue');
  const floats = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  return fromPixels({ data: await inTurns(toBytes(floats)), height: info.height, width: info.width });
};

/** Kinds of numbers whose full range is known. */
const INTEGERS: readonly string[] = ['uchar', 'ushort'];

/** A picture of three channels whose header was read already: libvips need not look at it first. */
export const openPlain = (
  bytes: Uint8Array,
  full: OpenedImage['full'],
  { maxPixels }: OpenOptions,
): OpenedImage => ({
  image: async () => (await loadSharp())(bytes, { failOn: 'error', limitInputPixels: maxPixels }),
  full,
});

/** Opens a file as three channels of sRGB, upright. A conversion costs as much as decoding a small image: only where needed. */
export const openImage = async (bytes: Uint8Array, options: OpenOptions): Promise<OpenedImage> => {
  const { maxPixels, background } = options;
  if (imageFormat(bytes) === 'bmp') return fromPixels(await decodeBmp(bytes, maxPixels));
  const [r, g, b] = background;
  const sharp = await loadSharp();
  const image = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels });
  const metadata = await image.metadata();
  const { space, hasAlpha, orientation = 1, depth } = metadata;
  const isTurned = orientation > 1 && options.orientation !== 'stored';
  const { height, width } = isTurned ? metadata.autoOrient : metadata;
  if (depth === 'float') return fromFloats(bytes, metadata);
  if (!INTEGERS.includes(depth))
    throw unreadable(
      `its pixels are of the kind "${depth}", whose range is not known; convert it to 8 or 16 bits`,
    );
  if (isTurned) image.autoOrient();
  if (hasAlpha) image.flatten({ background: { r, g, b } });
  if (space !== 'srgb') image.toColourspace('srgb');
  return { image: () => Promise.resolve(image), full: [metadata.pageHeight ?? height, width] };
};
