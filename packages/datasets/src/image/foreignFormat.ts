import { brandsOf } from './imageFormat.ts';

const CONVERT = 'convert it to JPEG or PNG';

/** First bytes of pictures and other files that people keep among their images, and what to do with each. */
const KINDS: readonly (readonly [magic: string, what: string])[] = [
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
export const foreignFormat = (bytes: Uint8Array): string | undefined => {
  const text = String.fromCharCode(...bytes.subarray(0, 512));
  const known = KINDS.find(([magic]) => text.startsWith(magic));
  if (known) return known[1];
  if (text.slice(128, 132) === 'DICM') return `a DICOM file; ${CONVERT}`;
  const brands = brandsOf(bytes);
  if (brands)
    return brands.some((b) => HEIF.includes(b)) ? `a HEIC picture; ${CONVERT}` : 'a film (MP4 or the like)';
  const start = text.trimStart().toLowerCase();
  if (/^<!doctype html|^<html/.test(start)) return 'an HTML page in place of the file; download it again';
  return /^(<\?xml[^]*)?<svg/.test(start) ? `an SVG drawing; ${CONVERT}` : undefined;
};
