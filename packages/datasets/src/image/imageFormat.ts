export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'bmp';

/** What is read, for messages. */
export const READABLE = 'JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP';

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

const startsWith = (bytes: Uint8Array, magic: string, at = 0): boolean =>
  latin1(bytes, at, at + magic.length) === magic;

/** Brands of a file of the ISO base media kind (HEIC, AVIF, MP4), its major one first; undefined for other files. */
export const brandsOf = (bytes: Uint8Array): readonly string[] | undefined => {
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
