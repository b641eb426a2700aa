import type { Pixels } from '../resizeBilinear.ts';
import { BitReader } from './huffman.ts';
import { flatBlock, inverseDct, ZIGZAG } from './inverseDct.ts';
import type { JpegHeader, JpegPlane } from './jpegHeader.ts';
import { planesToRgb, type Plane } from './planesToRgb.ts';

/** Pixels up to which the general decoder's set-up, some 0.7 ms an image, costs more than its work. */
const MOST_PIXELS = 128 * 128;

const [RST0, EOI] = [0xd0, 0xd9] as const;

/**
 * Sum of a block's coefficients up to which the general decoder's arithmetic in 16 bits cannot run over. Pictures stay far
 * below; of damaged blocks it is to say what they look like.
 */
const MOST_SUM = 5500;

/** A plane that is being filled. */
interface Filling extends JpegPlane, Plane {
  /** The last block's first coefficient. */
  before: number;
}

const fillingOf = (
  { height, width, planes }: JpegHeader,
  plane: JpegPlane,
  [down, right]: readonly [number, number],
): Filling => {
  const [across, deep] = [planes[0]!.across, planes[0]!.down];
  const row = right * plane.across * 8;
  return {
    ...plane,
    ...{ data: new Uint8Array(row * down * plane.down * 8), row, before: 0 },
    height: Math.ceil((height * plane.down) / deep),
    width: Math.ceil((width * plane.across) / across),
  };
};

/** Reads a block's coefficients and puts its pixels in their place. */
const readBlock = (bits: BitReader, plane: Filling, block: Int32Array, at: number): void => {
  const { quantisation, dc, ac } = plane;
  const size = bits.symbol(dc);
  if (size > 11) bits.isSound = false;
  else plane.before += bits.value(size);
  const place = { plane: plane.data, row: plane.row };
  block[0] = plane.before * quantisation[0]!;
  let [last, sum] = [0, Math.abs(block[0])];
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(ac);
    const [zeros, length] = [symbol >> 4, symbol & 15];
    if (length === 0) {
      if (zeros < 15) break;
      k += 15;
      continue;
    }
    k += zeros;
    if (k > 63 || length > 10) {
      bits.isSound = false;
      break;
    }
    const coefficient = bits.value(length) * quantisation[k]!;
    block[ZIGZAG[k]!] = coefficient;
    sum += Math.abs(coefficient);
    last = k;
  }
  if (sum > MOST_SUM) bits.isSound = false;
  if (last === 0) flatBlock(block[0], place, at);
  else inverseDct(block, place, at);
};

/** Reads all blocks; whether they were all there, and nothing else. */
const readBlocks = (
  bits: BitReader,
  { restart }: JpegHeader,
  planes: readonly Filling[],
  [down, right]: readonly [number, number],
): boolean => {
  const block = new Int32Array(64);
  for (let unit = 0; unit < down * right; unit++) {
    if (restart > 0 && unit > 0 && unit % restart === 0) {
      if (!bits.marker(RST0 + ((unit / restart - 1) % 8))) return false;
      for (const plane of planes) plane.before = 0;
    }
    const [y, x] = [Math.floor(unit / right), unit % right];
    for (const plane of planes)
      for (let v = 0; v < plane.down; v++)
        for (let h = 0; h < plane.across; h++)
          readBlock(bits, plane, block, (y * plane.down + v) * 8 * plane.row + (x * plane.across + h) * 8);
    if (!bits.isSound) return false;
  }
  return bits.marker(EOI);
};

/** Whether `decodeSmallJpeg` is quicker than the general decoder. */
export const isSmall = ({ height, width }: Pick<JpegHeader, 'height' | 'width'>): boolean =>
  height * width <= MOST_PIXELS;

/**
 * Decodes a small baseline JPEG, to the bit as libjpeg does, without the general decoder's set-up. Undefined where anything
 * about it is not as it should be: the general decoder then says what, or makes the best of it.
 */
export const decodeSmallJpeg = (bytes: Uint8Array, header: JpegHeader): Pixels | undefined => {
  const { height, width, planes } = header;
  const [across, deep] = [planes[0]!.across, planes[0]!.down];
  const units = [Math.ceil(height / (8 * deep)), Math.ceil(width / (8 * across))] as const;
  const filling = planes.map((plane) => fillingOf(header, plane, units));
  if (!readBlocks(new BitReader(bytes, header.data), header, filling, units)) return undefined;
  const data = planesToRgb(filling, across, deep);
  return data && { data, height, width };
};
