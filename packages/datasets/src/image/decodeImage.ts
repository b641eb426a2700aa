import type { Fit } from '@understory/core';
import type { Sharp } from 'sharp';
import { contained } from './contained.ts';
import { imageFormat, READABLE, unsupportedImage } from './imageFormat.ts';
import { middleOf, type Part } from './middleOf.ts';
import { cutOut, partOf, type Cut, type UsedImage } from './cut.ts';
import { decodeSmallJpeg, isSmall } from './jpeg/decodeSmallJpeg.ts';
import { decodedWhole } from './jpeg/jpegDecoder.ts';
import { jpegHeader, type JpegHeader } from './jpeg/jpegHeader.ts';
import { loadSharp } from './loadSharp.ts';
import {
  fromPixels,
  openImage,
  openPlain,
  unreadable,
  type OpenedImage,
  type OpenOptions,
} from './openImage.ts';
import { isReducible, reduceLinear } from './reduceLinear.ts';
import { placement, resizeInTurns, type Pixels, type Window } from './resizeBilinear.ts';
import { sharedLock } from './sharedLock.ts';
import { tellingWhy } from './tellingWhy.ts';

export interface DecodeOptions extends OpenOptions {
  /** [height, width] of the result; the image's own where it is left out. */
  readonly size?: readonly [number, number] | undefined;
  /** How the picture comes to that size: see `Dataset.fit`. `cover` where absent. */
  readonly fit?: Fit | undefined;
  /** [height, width] of the picture within `size`, for `contain`; as large as it fits where absent. */
  readonly within?: readonly [number, number] | undefined;
  /** Colour of what a contained picture leaves free. */
  readonly fill?: readonly [number, number, number] | undefined;
  /** What of the picture is used, before it is resized; all of it where absent. */
  readonly cut?: Cut | undefined;
  /** [height, width] that the picture must have, before it is resized: what its annotation says. */
  readonly expected?: readonly [number, number] | undefined;
}

/** Whether a picture is cut to its middle before it is resized. */
const isStrip = (from: readonly [number, number], size: readonly [number, number]): boolean => {
  const { height, width } = middleOf(from, size);
  return height < from[0] || width < from[1];
};

const crop = (
  { data, width }: Pixels,
  top: number,
  left: number,
  size: readonly [number, number],
): Uint8Array => {
  const row = size[1] * 3;
  const out = new Uint8Array(size[0] * row);
  for (let y = 0; y < size[0]; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(data.subarray(from, from + row), y * row);
  }
  return out;
};

const rawPixels = async (image: Sharp): Promise<Pixels> => {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  if (data.length !== info.height * info.width * 3)
    throw unreadable('its pixels are not red, green and blue');
  return { data, height: info.height, width: info.width };
};

/** The pixels of what is used of a picture, or of a part of that. */
const pixelsOf = async (used: UsedImage, inner?: Part): Promise<Pixels> => {
  const [height, width] = used.full;
  const isAll = !used.part && (!inner || (inner.height === height && inner.width === width));
  return isAll && used.pixels ? used.pixels : rawPixels(await partOf(used, inner));
};

/** Whether a size is no larger than another, and not the same: what libvips resizes. */
const isReduced = (from: readonly [number, number], [height, width]: readonly [number, number]): boolean =>
  height <= from[0] && width <= from[1] && (height < from[0] || width < from[1]);

/** A window of a picture, or of a part of it, that is reduced to a size. */
const reduced = async (
  used: UsedImage,
  inner: Part,
  to: readonly [number, number],
  { top, left, size }: Window,
): Promise<Pixels> => {
  // Of pixels as they are to be seen, whatever the file is: a colour profile or an EXIF tag does not choose who reduces.
  if (isReducible([inner.height, inner.width], to))
    return reduceLinear(await pixelsOf(used, inner), to, { top, left, size });
  const [height, width] = to;
  const part = await partOf(used, inner);
  const image = part.resize({ height, width, fit: 'fill', kernel: 'linear' });
  return { data: crop(await rawPixels(image), top, left, size), height: size[0], width: size[1] };
};

/** The whole picture at another size. */
const resizeTo = async (used: UsedImage, size: readonly [number, number]): Promise<Pixels> => {
  const [height, width] = used.full;
  const all = { top: 0, left: 0 };
  if (isReduced(used.full, size)) return reduced(used, { ...all, height, width }, size, { ...all, size });
  const pixels = await pixelsOf(used);
  return size[0] === height && size[1] === width ? pixels : resizeInTurns(pixels, size);
};

/** Puts a picture top left on a canvas of one colour. */
const onCanvas = (
  { data, height, width }: Pixels,
  size: readonly [number, number],
  fill: readonly number[],
): Pixels => {
  if (height === size[0] && width === size[1]) return { data, height, width };
  const out = new Uint8Array(size[0] * size[1] * 3);
  out.set(fill);
  for (let done = 3; done < out.length; done *= 2) out.copyWithin(done, 0, done);
  for (let y = 0; y < height; y++)
    out.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * size[1] * 3);
  return { data: out, height: size[0], width: size[1] };
};

const cover = async (used: UsedImage, size: DecodeOptions['size']): Promise<Pixels> => {
  const { full } = used;
  if (!size || (full[0] === size[0] && full[1] === size[1])) return pixelsOf(used);
  const middle = middleOf(full, size);
  const from = [middle.height, middle.width] as const;
  const { resized, top, left } = placement(from, size);
  if (resized[0] > from[0] || resized[1] > from[1])
    return resizeInTurns(await pixelsOf(used, middle), resized, { top, left, size });
  return reduced(used, middle, resized, { top, left, size });
};

/** Pixels from which on an image is decoded by itself: some formats are held whole, at seven bytes a pixel. */
const LARGE = 16_000_000;
const largeImages = sharedLock();

const fit = async (whole: OpenedImage, options: DecodeOptions): Promise<Pixels> => {
  const { size, within, fill = options.background, cut } = options;
  const opened = cut ? cutOut(whole, cut) : whole;
  if (!size || options.fit !== 'contain') return cover(opened, size);
  return onCanvas(await resizeTo(opened, within ?? contained(opened.full, size)), size, fill);
};

const shown = ([height, width]: readonly [number, number]): string => `${width} x ${height}`;

const checkExpected = (full: readonly [number, number], { expected }: DecodeOptions): void => {
  if (expected && (full[0] !== expected[0] || full[1] !== expected[1]))
    throw unreadable(
      `the picture has ${shown(full)} pixels and its annotation says ${shown(expected)}; correct it, or try the dataset's option orientation`,
    );
};

/** The size to which a whole picture is resized; undefined for a strip, which is cut to its middle first. */
const sizeOfWhole = (
  full: readonly [number, number],
  { size = full, within, fit: how }: DecodeOptions,
): readonly [number, number] | undefined => {
  if (how === 'contain') return within ?? contained(full, size);
  return isStrip(full, size) ? undefined : placement(full, size).resized;
};

/** A small JPEG that keeps its size or is enlarged, decoded here: a tenth of what it costs to set libvips up. */
const openSmall = (bytes: Uint8Array, header: JpegHeader): OpenedImage | undefined => {
  const pixels = decodeSmallJpeg(bytes, header);
  return pixels && fromPixels(pixels);
};

/** Whether a JPEG ends as it should: of one that is cut off the usual decoder says so more clearly. */
const isEnded = (bytes: Uint8Array): boolean => bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;

/** A picture all of whose pixels are looked at, by what is here: libvips reads a JPEG at a part of its size where that is enough. */
const openWhole = async (
  bytes: Uint8Array,
  header: JpegHeader,
  options: DecodeOptions,
): Promise<OpenedImage | undefined> => {
  const full = [header.height, header.width] as const;
  const to = sizeOfWhole(full, options);
  if (options.cut || !to || full[0] * full[1] > LARGE) return undefined;
  const isSmaller = isReduced(full, to);
  if (!isSmaller && isSmall(header)) return openSmall(bytes, header);
  if (header.planes.length !== 3 || (isSmaller && !isReducible(full, to))) return undefined;
  const pixels = isEnded(bytes) ? await decodedWhole(bytes) : undefined;
  return pixels && fromPixels(pixels);
};

/** A JPEG of the usual kind, whose header tells all that there is to know. */
const openJpeg = async (bytes: Uint8Array, options: DecodeOptions): Promise<OpenedImage | undefined> => {
  const header = jpegHeader(bytes, options.maxPixels);
  if (!header) return undefined;
  const whole = await openWhole(bytes, header, options);
  if (whole || header.planes.length !== 3) return whole;
  return openPlain(bytes, [header.height, header.width], options);
};

const decode = async (bytes: Uint8Array, options: DecodeOptions): Promise<Pixels> => {
  const opened = (await openJpeg(bytes, options)) ?? (await openImage(bytes, options));
  checkExpected(opened.full, options);
  const [height, width] = opened.full;
  const work = (): Promise<Pixels> => fit(opened, options);
  return height * width > LARGE ? largeImages.exclusive(work) : work();
};

/** Refuses what is no file that is read; loads the decoder here, since a missing one is no fault of the image. */
const checkReadable = async (bytes: Uint8Array): Promise<void> => {
  if (bytes.length === 0) throw unreadable('an empty file');
  if (!imageFormat(bytes)) throw unreadable(unsupportedImage(bytes) ?? `not a ${READABLE} file`);
  await loadSharp();
};

/**
 * Decodes the first picture of a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file into [H, W, 3] uint8 sRGB, upright by its
 * EXIF orientation; grey, CMYK, palette, 16-bit and float pictures are converted, transparent ones laid on `background`.
 * With a `size`: shorter side resized to it (antialiased), then the centre; or the whole picture top left on `fill`, by
 * `fit`. Errors: `bad-image`, with the reason alone; `no-decoder`.
 */
export const decodeImage = async (bytes: Uint8Array, options: DecodeOptions): Promise<Pixels> => {
  await checkReadable(bytes);
  return tellingWhy(() => decode(bytes, options), options);
};

/** [height, width] as the picture is to be seen, or stored by `orientation`, from its header alone. Errors: `bad-image`, with the reason alone; `no-decoder`. */
export const imageSize = async (
  bytes: Uint8Array,
  options: OpenOptions,
): Promise<readonly [number, number]> => {
  await checkReadable(bytes);
  return (await tellingWhy(() => openImage(bytes, options), options)).full;
};
