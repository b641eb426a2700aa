export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'bmp';

/** What is read, for messages. */
export const READABLE = 'JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP';

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

const startsWith = (bytes: Uint8Array, magic: string, at = 0): boolean =>
  latin1(bytes, at, at + magic.length) === magic;

/** Brands of a file of the ISO base media kind (HEIC, AVIF, MP4), its major one first; undefined for other files. */
const brandsOf = (bytes: Uint8Array): readonly string[] | undefined => {
  if (!startsWith(bytes, 'ftyp', 4)) return undefined;
  const end = Math.min(bytes.length, bytes[2]! * 256 + bytes[3]!, 512);
  const compatible = Array.from({ length: Math.max(0, Math.floor((end - 16) / 4)) }, (_, i) => 16 + 4 * i);
  return [8, ...compatible].map((at) => latin1(bytes, at, at + 4));
};

/** A bitmap's header: "BM" alone begins many texts. */
const isBmp = (bytes: Uint8Array): boolean =>
  startsWith(bytes, 'BM') && [12, 40, 52, 56, 64, 108, 124].includes(bytes[14] ?? 0) && bytes[15] === 0;

/**
 * Format by the file's first bytes, whatever its name says; undefined where it is none of those that are read. The
 * decoder knows more formats, some of which (SVG, PDF) may refer to other files: these never reach it.
 */
export const imageFormat = (bytes: Uint8Array): ImageFormat | undefined => {
  if (startsWith(bytes, '\xff\xd8\xff')) return 'jpeg';
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'png';
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return 'webp';
  if (startsWith(bytes, 'GIF8')) return 'gif';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => startsWith(bytes, magic))) return 'tiff';
  if (isBmp(bytes)) return 'bmp';
  return brandsOf(bytes)?.some((brand) => brand === 'avif' || brand === 'avis') ? 'avif' : undefined;
};

const CONVERT = 'convert it to JPEG or PNG';

/** First bytes of pictures and other files that people keep among their images, and what to do with each. */
const UNSUPPORTED: readonly (readonly [magic: string, what: string])[] = [
  ['version https://git-lfs', 'a Git LFS pointer in place of the file; fetch it with git lfs pull'],
  ['\xff\x0a', `a JPEG XL picture; ${CONVERT}`],
  ['\0\0\0\x0cJXL ', `a JPEG XL picture; ${CONVERT}`],
  ['\0\0\0\x0cjP  ', `a JPEG 2000 picture; ${CONVERT}`],
  ['\xff\x4f\xff\x51', `a JPEG 2000 picture; ${CONVERT}`],
  ['%PDF-', `a PDF; ${CONVERT}`],
  ['%!PS', `a PostScript file; ${CONVERT}`],
  ['8BPS', `a Photoshop file; ${CONVERT}`],
  ['\0\0\x01\0', `an icon (ICO); ${CONVERT}`],
  ['v/1\x01', `an OpenEXR picture; ${CONVERT}`],
  ['#?RADIANCE', `a Radiance HDR picture; ${CONVERT}`],
  ['SIMPLE  =', `a FITS picture; ${CONVERT}`],
  ['P4', `a PNM picture; ${CONVERT}`],
  ['P5', `a PNM picture; ${CONVERT}`],
  ['P6', `a PNM picture; ${CONVERT}`],
  ['qoif', `a QOI picture; ${CONVERT}`],
  ['BM', `a BMP file of an unknown kind; ${CONVERT}`],
];

const HEIF = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];

/** What a file is that is no image of a kind that is read, with the cure; undefined where its first bytes do not tell. */
export const unsupportedImage = (bytes: Uint8Array): string | undefined => {
  const text = String.fromCharCode(...bytes.subarray(0, 512));
  const known = UNSUPPORTED.find(([magic]) => text.startsWith(magic));
  if (known) return known[1];
  if (text.slice(128, 132) === 'DICM') return `a DICOM file; ${CONVERT}`;
  const brands = brandsOf(bytes);
  if (brands)
    return brands.some((b) => HEIF.includes(b)) ? `a HEIC picture; ${CONVERT}` : 'a film (MP4 or the like)';
  const start = text.trimStart().toLowerCase();
  if (/^<!doctype html|^<html/.test(start)) return 'an HTML page in place of the file; download it again';
  return /^(<\?xml[^]*)?<svg/.test(start) ? `an SVG drawing; ${CONVERT}` : undefined;
};
