import { huffmanTable, type HuffmanTable } from './huffman.ts';

/** One of the planes that a JPEG is made of. */
export interface JpegPlane {
  readonly id: number;
  /** Blocks of a unit across and down: 1 or 2. */
  readonly across: number;
  readonly down: number;
  /** Quantisation, in zigzag order [64]. */
  readonly quantisation: Int32Array;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

/** A JPEG of the simplest kind, and where its entropy-coded data begins. */
export interface JpegHeader {
  readonly height: number;
  readonly width: number;
  /** One, grey; or three: Y, Cb and Cr. */
  readonly planes: readonly JpegPlane[];
  /** Units between restart markers; 0 where there are none. */
  readonly restart: number;
  readonly data: number;
}

const [SOF0, DHT, EOI, SOS, DQT, DRI, APP0, APP1, APP14] = [
  ...[0xc0, 0xc4, 0xd9, 0xda, 0xdb, 0xdd],
  ...[0xe0, 0xe1, 0xee],
] as const;
/** Other frames (progressive, arithmetic, lossless), and what belongs to them. */
const isOtherFrame = (marker: number): boolean => marker > SOF0 && marker <= 0xcf && marker !== DHT;
/** Colour profiles and other things of applications that may change what pixels mean. */
const isApplication = (marker: number): boolean => marker > APP1 && marker <= 0xef && marker !== APP14;

interface FramePlane {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly table: number;
}

/** What the segments so far have said. */
interface Said {
  readonly tables: Map<number, Int32Array>;
  readonly codes: Map<number, HuffmanTable>;
  frame?: { readonly height: number; readonly width: number; readonly planes: readonly FramePlane[] };
  restart: number;
  isJfif: boolean;
  isAdobe: boolean;
}

const readTables = (said: Said, part: Uint8Array): boolean => {
  let at = 0;
  while (at < part.length) {
    const [precision, id] = [part[at]! >> 4, part[at]! & 15];
    if (precision !== 0 || id > 3 || at + 65 > part.length) return false;
    said.tables.set(id, Int32Array.from(part.subarray(at + 1, at + 65)));
    at += 65;
  }
  return true;
};

const readCodes = (said: Said, part: Uint8Array): boolean => {
  let at = 0;
  while (at < part.length) {
    const counts = part.subarray(at + 1, at + 17);
    const total = counts.reduce((a, b) => a + b, 0);
    const table = huffmanTable(counts, part.subarray(at + 17, at + 17 + total));
    if (!table) return false;
    said.codes.set(part[at]!, table);
    at += 17 + total;
  }
  return true;
};

const readFrame = (said: Said, part: Uint8Array): boolean => {
  const [precision = 0, h1 = 0, h2 = 0, w1 = 0, w2 = 0, count = 0] = part;
  if (said.frame || precision !== 8 || (count !== 1 && count !== 3) || part.length !== 6 + 3 * count)
    return false;
  const planes = Array.from({ length: count }, (_, i): FramePlane => {
    const [id = 0, factors = 0, table = 0] = part.subarray(6 + 3 * i);
    return { id, across: factors >> 4, down: factors & 15, table };
  });
  said.frame = { height: h1 * 256 + h2, width: w1 * 256 + w2, planes };
  return said.frame.height > 0 && said.frame.width > 0;
};

/** Whether EXIF leaves the picture as it is stored: it says no orientation but the first. A tag that is looked for byte by byte. */
const isUpright = (part: Uint8Array): boolean => {
  for (let at = 6; at + 12 <= part.length; at++) {
    const big = part[at] === 1 && part[at + 1] === 0x12;
    const little = part[at] === 0x12 && part[at + 1] === 1;
    if (big || little) return false;
  }
  return true;
};

const readSegment = (said: Said, marker: number, part: Uint8Array): boolean => {
  if (marker === DQT) return readTables(said, part);
  if (marker === DHT) return readCodes(said, part);
  if (marker === SOF0) return readFrame(said, part);
  if (marker === DRI) {
    said.restart = part[0]! * 256 + part[1]!;
    return part.length === 2;
  }
  if (marker === APP0) said.isJfif ||= part[0] === 0x4a && part[1] === 0x46 && part[2] === 0x49;
  else if (marker === APP1) return isUpright(part);
  else if (marker === APP14) {
    said.isAdobe = true;
    return part.length === 12 && part[11] === 1;
  } else if (isApplication(marker) || isOtherFrame(marker)) return false;
  return true;
};

/** Whether planes are Y, Cb and Cr at samplings that are read: 4:4:4, 4:2:2 and 4:2:0; or grey. */
const isKnownSampling = ([y, cb, cr]: readonly FramePlane[]): boolean => {
  if (!y) return false;
  if (!cb || !cr) return y.across === 1 && y.down === 1;
  const isSmall = [cb, cr].every(({ across, down }) => across === 1 && down === 1);
  return isSmall && (y.across === 2 ? y.down === 1 || y.down === 2 : y.across === 1 && y.down === 1);
};

const isYcc = ({ frame, isJfif, isAdobe }: Said): boolean =>
  isJfif || isAdobe || frame!.planes.length === 1 || frame!.planes.every(({ id }, i) => id === i + 1);

/** The scan of all planes at once, which must be the only one. */
const readScan = (said: Said, part: Uint8Array, data: number): JpegHeader | undefined => {
  const { frame, tables, codes, restart } = said;
  if (!frame || part[0] !== frame.planes.length || part.length !== 4 + 2 * frame.planes.length)
    return undefined;
  if (!isKnownSampling(frame.planes) || !isYcc(said)) return undefined;
  const [first = 1, last = 0, shift = 1] = part.subarray(1 + 2 * frame.planes.length);
  if (first !== 0 || last !== 63 || shift !== 0) return undefined;
  const planes = frame.planes.map(({ id, across, down, table }, i): JpegPlane | undefined => {
    const [own, which = 0] = part.subarray(1 + 2 * i);
    const [quantisation, dc, ac] = [tables.get(table), codes.get(which >> 4), codes.get(16 + (which & 15))];
    return own === id && quantisation && dc && ac ? { id, across, down, quantisation, dc, ac } : undefined;
  });
  const known = planes.filter((plane) => plane !== undefined);
  const { height, width } = frame;
  return known.length === planes.length ? { height, width, planes: known, restart, data } : undefined;
};

/**
 * The header of a baseline JPEG of 8 bits, grey or Y, Cb, Cr at a common sampling, in one scan, upright, without a colour
 * profile, of so many pixels at most. Undefined for every other file, sound or not: those are for another decoder.
 */
export const jpegHeader = (bytes: Uint8Array, mostPixels: number): JpegHeader | undefined => {
  const said: Said = { tables: new Map(), codes: new Map(), restart: 0, isJfif: false, isAdobe: false };
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker < SOF0 || marker === EOI) return undefined;
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) return undefined;
    const part = bytes.subarray(at + 4, end);
    if (marker === SOS) return readScan(said, part, end);
    if (!readSegment(said, marker, part)) return undefined;
    if (said.frame && said.frame.height * said.frame.width > mostPixels) return undefined;
    at = end;
  }
  return undefined;
};
