import { UnderstoryError } from '@understory/core';
import { inTurns } from '../turns.ts';
import type { Pixels } from './resizeBilinear.ts';

/** Headers of a Windows or OS/2 bitmap. */
interface Header {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where pixels begin. */
  readonly data: number;
  /** Where the palette begins, its colours, and the bytes of each. */
  readonly palette: number;
  readonly colours: number;
  readonly entry: 3 | 4;
  /** Bits of red, green and blue in a pixel of 16 or 32 bits. */
  readonly masks: readonly [number, number, number];
}

const bad = (why: string): UnderstoryError => new UnderstoryError('bad-image', why);
const cut = (): UnderstoryError => bad('a BMP file that is cut off');
const RLE8 = 1;
const BITFIELDS = [3, 6];

const headerOf = (bytes: Uint8Array): Header => {
  if (bytes.length < 26) throw cut();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(14, true);
  if (size !== 12 && bytes.length < 14 + Math.max(40, size)) throw cut();
  const isOld = size === 12;
  const tall = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? 0 : view.getUint32(30, true);
  const hasMasks = BITFIELDS.includes(compression);
  // In the oldest header of 40 bytes the masks stand behind it, in later ones inside it, at the same place.
  if (hasMasks && bytes.length < 66) throw cut();
  const masksAfter = hasMasks && size === 40 ? (compression === 6 ? 16 : 12) : 0;
  const used = isOld ? 0 : view.getUint32(46, true);
  const mask = (i: number): number => view.getUint32(54 + 4 * i, true);
  return {
    width: isOld ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(tall),
    isTopDown: tall < 0,
    bits,
    compression,
    data: view.getUint32(10, true),
    palette: 14 + size + masksAfter,
    colours: bits > 8 ? 0 : used > 0 && used <= 2 ** bits ? used : 2 ** bits,
    entry: isOld ? 3 : 4,
    masks: hasMasks
      ? [mask(0), mask(1), mask(2)]
      : bits === 16
        ? [0x7c00, 0x3e0, 0x1f]
        : [0xff0000, 0xff00, 0xff],
  };
};

const check = (header: Header, maxPixels: number): void => {
  const { width, height, bits, compression } = header;
  if (width <= 0 || height <= 0) throw bad('a BMP file without a size');
  if (width * height > maxPixels) throw bad(`it claims more than ${maxPixels} pixels`);
  const isPlain = compression === 0 && [1, 4, 8, 16, 24, 32].includes(bits);
  const isRle = compression === RLE8 && bits === 8 && !header.isTopDown;
  const isMasked = BITFIELDS.includes(compression) && (bits === 16 || bits === 32);
  if (!isPlain && !isRle && !isMasked)
    throw bad(`a BMP file of ${bits} bits with compression ${compression}; convert it to PNG`);
};

/** Palette [colours, 3] red, green, blue; what a file leaves out is black. */
const paletteOf = (bytes: Uint8Array, { palette, colours, entry }: Header): Uint8Array => {
  const out = new Uint8Array(256 * 3);
  for (let i = 0; i < colours; i++) {
    for (let c = 0; c < 3; c++) out[i * 3 + c] = bytes[palette + i * entry + 2 - c] ?? 0;
  }
  return out;
};

/** Runs of one colour, or colours one by one, into indices of the palette [H, W], the bottom row first. */
function* unfoldRuns(bytes: Uint8Array, { width, height, data }: Header): Generator<void, Uint8Array> {
  const out = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, data];
  const put = (index: number): void => {
    if (x < width && y < height) out[y * width + x] = index;
    x++;
  };
  for (;;) {
    if (at + 1 >= bytes.length) throw cut();
    const [count, code] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) for (let i = 0; i < count; i++) put(code);
    else if (code === 0) [x, y] = [0, y + 1];
    else if (code === 1) return out;
    else if (code === 2) {
      if (at + 1 >= bytes.length) throw cut();
      [x, y, at] = [x + bytes[at]!, y + bytes[at + 1]!, at + 2];
    } else {
      if (at + code > bytes.length) throw cut();
      for (let i = 0; i < code; i++) put(bytes[at + i]!);
      at += code + (code % 2);
    }
    if (at % 4096 < 2) yield;
  }
}

/** Level 0…255 of the bits under a mask. */
const channel = (mask: number): ((pixel: number) => number) => {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.floor((((pixel & mask) >>> shift) * 255) / most); // as Pillow rounds
};

/** Writes one row of the file, which begins at `from`, to the result at `to`. */
type RowReader = (from: number, to: number) => void;

const rowReader = (bytes: Uint8Array, header: Header, out: Uint8Array): RowReader => {
  const { width, bits, masks } = header;
  const colours = paletteOf(bytes, header);
  const [red, green, blue] = masks.map(channel) as [typeof Math.abs, typeof Math.abs, typeof Math.abs];
  const perByte = 8 / bits;
  const indexed: RowReader = (from, to) => {
    for (let x = 0; x < width; x++) {
      const byte = bytes[from + Math.floor(x / perByte)]!;
      const index = (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1);
      for (let c = 0; c < 3; c++) out[to + x * 3 + c] = colours[index * 3 + c]!;
    }
  };
  const plain: RowReader = (from, to) => {
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) out[to + x * 3 + c] = bytes[from + x * 3 + 2 - c]!;
  };
  const masked: RowReader = (from, to) => {
    for (let x = 0; x < width; x++) {
      const at = from + (x * bits) / 8;
      const low = bytes[at]! | (bytes[at + 1]! << 8);
      const pixel = bits === 16 ? low : low | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      out[to + x * 3] = red(pixel);
      out[to + x * 3 + 1] = green(pixel);
      out[to + x * 3 + 2] = blue(pixel);
    }
  };
  return bits <= 8 ? indexed : bits === 24 ? plain : masked;
};

/** Unfolded runs are one byte a pixel. */
const runReader = (indices: Uint8Array, bytes: Uint8Array, header: Header, out: Uint8Array): RowReader => {
  const colours = paletteOf(bytes, header);
  return (from, to) => {
    for (let x = 0; x < header.width; x++)
      for (let c = 0; c < 3; c++) out[to + x * 3 + c] = colours[indices[from + x]! * 3 + c]!;
  };
};

function* decoding(bytes: Uint8Array, header: Header): Generator<void, Pixels> {
  const { width, height, bits, compression, isTopDown } = header;
  const isRle = compression === RLE8;
  const stride = isRle ? width : Math.ceil((width * bits) / 32) * 4;
  const begin = isRle ? 0 : header.data;
  // The last row's padding may be missing.
  if (!isRle && begin + (height - 1) * stride + Math.ceil((width * bits) / 8) > bytes.length) throw cut();
  const out = new Uint8Array(width * height * 3);
  const read = isRle
    ? runReader(yield* unfoldRuns(bytes, header), bytes, header, out)
    : rowReader(bytes, header, out);
  for (let y = 0; y < height; y++) {
    read(begin + y * stride, (isTopDown ? y : height - 1 - y) * width * 3);
    yield;
  }
  return { data: out, height, width };
}

/**
 * Decodes a Windows or OS/2 bitmap → [H, W, 3] uint8: 1, 4, 8, 16, 24 and 32 bits, and runs of 8. A fourth channel is
 * ignored, as most writers leave it empty. Errors: `bad-image`, with the reason alone.
 */
export const decodeBmp = (bytes: Uint8Array, maxPixels: number): Promise<Pixels> => {
  const header = headerOf(bytes);
  check(header, maxPixels);
  return inTurns(decoding(bytes, header));
};
