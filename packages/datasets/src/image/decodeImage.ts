import { UnderstoryError } from '@understory/core';
import sharp, { type Sharp } from 'sharp';
import { imageFormat } from './imageFormat.ts';
import { placement } from './placement.ts';
import { resizeBilinear, type Pixels } from './resizeBilinear.ts';

export interface DecodeOptions {
  /** [height, width] of the result; the image's own where it is left out. */
  readonly size?: readonly [number, number] | undefined;
  /** Most pixels that a file may claim to hold. */
  readonly maxPixels: number;
  /** Colour behind transparent parts. */
  readonly background: readonly [number, number, number];
}

/** Sides at which a picture is cut to its middle before it is resized, so that a strip cannot grow without bound. */
const MAX_RATIO = 8;

// One image uses one thread, several are in flight; nothing is kept between images.
sharp.concurrency(1);
sharp.cache(false);

const unreadable = (why: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError('bad-image', why, cause === undefined ? {} : { cause });

interface Opened {
  readonly image: Sharp;
  /** [height, width] as the picture is to be seen. */
  readonly full: readonly [number, number];
}

/** Opens a file as three channels of sRGB, upright. A conversion costs as much as decoding a small image: only where needed. */
const upright = async (bytes: Uint8Array, { maxPixels, background }: DecodeOptions): Promise<Opened> => {
  const [r, g, b] = background;
  const image = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels });
  const { space, hasAlpha, orientation = 1, autoOrient, pageHeight } = await image.metadata();
  if (orientation > 1) image.autoOrient();
  if (hasAlpha) image.flatten({ background: { r, g, b } });
  if (space !== 'srgb') image.toColourspace('srgb');
  return { image, full: [pageHeight ?? autoOrient.height, autoOrient.width] };
};

/** The middle of a strip, along its long side. */
const middle = (
  image: Sharp,
  from: readonly [number, number],
  size: readonly [number, number],
): readonly [number, number] => {
  const [h, w] = from;
  const height = Math.min(h, Math.ceil((w * size[0] * MAX_RATIO) / size[1]));
  const width = Math.min(w, Math.ceil((h * size[1] * MAX_RATIO) / size[0]));
  if (height < h || width < w) {
    image.extract({ top: Math.floor((h - height) / 2), left: Math.floor((w - width) / 2), width, height });
  }
  return [height, width];
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
  return { data, height: info.height, width: info.width };
};

const decode = async (bytes: Uint8Array, options: DecodeOptions): Promise<Pixels> => {
  const { size } = options;
  const { image, full } = await upright(bytes, options);
  if (!size || (full[0] === size[0] && full[1] === size[1])) return rawPixels(image);
  const from = middle(image, full, size);
  const { resized, top, left } = placement(from, size);
  const [height, width] = resized;
  const isReduced = height <= from[0] && width <= from[1];
  if (isReduced) image.resize({ height, width, fit: 'fill', kernel: 'linear' });
  const pixels = await rawPixels(image);
  const right = isReduced ? pixels : resizeBilinear(pixels, resized);
  return { data: crop(right, top, left, size), height: size[0], width: size[1] };
};

/**
 * Decodes the first picture of a JPEG, PNG, WebP, GIF, TIFF or AVIF file into [H, W, 3] uint8 sRGB, upright by its
 * EXIF orientation; grey, CMYK, palette and 16-bit pictures are converted, transparent ones laid on `background`.
 * With a `size`: shorter side resized to it (antialiased), then the centre. Errors: `bad-image`, with the reason alone.
 */
export const decodeImage = async (bytes: Uint8Array, options: DecodeOptions): Promise<Pixels> => {
  if (bytes.length === 0) throw unreadable('an empty file');
  if (!imageFormat(bytes)) throw unreadable('not a JPEG, PNG, WebP, GIF, TIFF or AVIF file');
  try {
    const pixels = await decode(bytes, options);
    if (pixels.data.length === pixels.height * pixels.width * 3) return pixels;
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1)! : String(error);
    throw unreadable(
      /pixel limit/.test(reason) ? `it claims more than ${options.maxPixels} pixels` : reason,
      error,
    );
  }
  throw unreadable('its pixels are not red, green and blue');
};
