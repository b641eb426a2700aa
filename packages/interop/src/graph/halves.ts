const scratch = new Float32Array(1);
const bits = new Uint32Array(scratch.buffer);

/** A float32's nearest float16, ties to even, by its bits. Beyond 65,504 it is infinite. */
const halfOf = (value: number): number => {
  scratch[0] = value;
  const [x] = bits as unknown as [number];
  const sign = (x >>> 16) & 0x8000;
  const exponent = ((x >>> 23) & 0xff) - 112;
  const mantissa = x & 0x7fffff;
  if (exponent === 143) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200);
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent < -10) return sign;
  // What lies below is rounded by adding half of it, less one where the last kept bit is even. A carry goes into the exponent.
  const [kept, shift] = exponent > 0 ? [mantissa, 13] : [mantissa | 0x800000, 14 - exponent];
  const whole = (exponent > 0 ? exponent << 10 : 0) + (kept >>> shift);
  const rest = kept & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (whole + (rest > half || (rest === half && (whole & 1) === 1) ? 1 : 0));
};

/** Numbers as float16, by their bits. */
export const halves = (data: ArrayLike<number>): Uint16Array => Uint16Array.from(data, halfOf);
