/** Zigzag order: place of each coefficient in its block, row by row. */
export const ZIGZAG = Uint8Array.of(
  ...[
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14,
  ],
  ...[
    21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
    53, 60,
  ],
  ...[61, 54, 47, 55, 62, 63],
);

// Constants of 13 bits behind the point.
const [C0298, C0390, C0541, C0765, C0899, C1175] = [2446, 3196, 4433, 6270, 7373, 9633] as const;
const [C1501, C1847, C1961, C2053, C2562, C3072] = [12299, 15137, 16069, 16819, 20995, 25172] as const;

/** One pass over eight numbers `step` apart, in place: Loeffler, Ligtenberg and Moschytz 1989, in whole numbers. */
const pass = (b: Int32Array, at: number, step: number, shift: number): void => {
  const [s1, s2, s3] = [at + step, at + 2 * step, at + 3 * step];
  const [s4, s5, s6, s7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const round = 1 << (shift - 1);
  const [e2, e6] = [b[s2]!, b[s6]!];
  const mid = Math.imul(e2 + e6, C0541);
  const t2 = mid - Math.imul(e6, C1847);
  const t3 = mid + Math.imul(e2, C0765);
  const sum = (b[at]! + b[s4]!) << 13;
  const difference = (b[at]! - b[s4]!) << 13;
  const [p0, p3, p1, p2] = [sum + t3, sum - t3, difference + t2, difference - t2];
  const [o7, o5, o3, o1] = [b[s7]!, b[s5]!, b[s3]!, b[s1]!];
  const z5 = Math.imul(o7 + o3 + o5 + o1, C1175);
  const z1 = -Math.imul(o7 + o1, C0899);
  const z2 = -Math.imul(o5 + o3, C2562);
  const z3 = z5 - Math.imul(o7 + o3, C1961);
  const z4 = z5 - Math.imul(o5 + o1, C0390);
  const q0 = Math.imul(o7, C0298) + z1 + z3;
  const q1 = Math.imul(o5, C2053) + z2 + z4;
  const q2 = Math.imul(o3, C3072) + z2 + z3;
  const q3 = Math.imul(o1, C1501) + z1 + z4;
  b[at] = (p0 + q3 + round) >> shift;
  b[s7] = (p0 - q3 + round) >> shift;
  b[s1] = (p1 + q2 + round) >> shift;
  b[s6] = (p1 - q2 + round) >> shift;
  b[s2] = (p2 + q1 + round) >> shift;
  b[s5] = (p2 - q1 + round) >> shift;
  b[s3] = (p3 + q0 + round) >> shift;
  b[s4] = (p3 - q0 + round) >> shift;
};

const clamped = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/** Where a block's pixels go: `row` bytes from one row to the next. */
export interface BlockPlace {
  readonly plane: Uint8Array;
  readonly row: number;
}

/**
 * Pixels 0…255 of a block of coefficients [64], row by row, dequantised; to the bit what libjpeg's accurate method gives.
 * The block is used up: it holds zeros afterwards.
 */
export const inverseDct = (block: Int32Array, { plane, row }: BlockPlace, at: number): void => {
  for (let x = 0; x < 8; x++) pass(block, x, 8, 11);
  for (let y = 0; y < 8; y++) pass(block, 8 * y, 1, 18);
  for (let y = 0, from = 0, to = at; y < 8; y++, to += row)
    for (let x = 0; x < 8; x++) plane[to + x] = clamped(block[from++]! + 128);
  block.fill(0);
};

/** `inverseDct` of a block that has its first coefficient alone. */
export const flatBlock = (dc: number, { plane, row }: BlockPlace, at: number): void => {
  const value = clamped((((dc << 2) + 16) >> 5) + 128);
  for (let y = 0, to = at; y < 8; y++, to += row) plane.fill(value, to, to + 8);
};
