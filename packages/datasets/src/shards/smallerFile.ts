import { decodeImage } from '../image/decodeImage.ts';
import { imageFormat, type ImageFormat } from '../image/imageFormat.ts';
import { loadSharp } from '../image/loadSharp.ts';
import { openImage, unreadable } from '../image/openImage.ts';
import { DECODE_DEFAULTS } from '../image/readImage.ts';

/** Quality at which images that are made smaller are stored, as JPEG without subsampling: a level or two off. */
const QUALITY = 95;

export interface PackedFile {
  readonly bytes: Uint8Array;
  /** Which part of a sample it is: `jpg`, `png`. */
  readonly part: string;
}

/** Endings that are shorter than the format's name. */
const SHORT: Partial<Record<ImageFormat, string>> = { jpeg: 'jpg', tiff: 'tif' };

const partOf = (bytes: Uint8Array): string => {
  const format = imageFormat(bytes);
  if (!format) throw unreadable('not an image file of a kind that is read');
  return SHORT[format] ?? format;
};

/** The image file as it is, and which part of a sample it is. Errors: `bad-image`, with the reason alone. */
export const asStored = (bytes: Uint8Array): PackedFile => ({ bytes, part: partOf(bytes) });

/**
 * An image whose shorter side is `side` pixels at most: the file as it is where it is no larger, else upright, sRGB,
 * resized (antialiased bilinear) and stored as JPEG. Errors: `bad-image`, with the reason alone.
 */
export const smallerFile = async (file: Uint8Array, side: number): Promise<PackedFile> => {
  const part = partOf(file);
  const { full } = await openImage(file, DECODE_DEFAULTS);
  const shorter = Math.min(...full);
  if (shorter <= side) return { bytes: file, part };
  const size = full.map((length) => Math.round((length * side) / shorter)) as [number, number];
  const { data, height, width } = await decodeImage(file, {
    ...DECODE_DEFAULTS,
    size,
    within: size,
    fit: 'contain',
  });
  const raw = { width, height, channels: 3 } as const;
  const sharp = await loadSharp();
  const bytes = await sharp(data, { raw }).jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' }).toBuffer();
  return { bytes, part: 'jpg' };
};

/** Pixels [H, W, 3] as a PNG, to the bit. */
export const pixelFile = async (
  data: Uint8Array,
  [height, width]: readonly [number, number],
): Promise<PackedFile> => {
  const sharp = await loadSharp();
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { bytes, part: 'png' };
};
