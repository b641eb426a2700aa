/** A plane of samples, larger than what counts of it: whole blocks. */
export interface Plane {
  readonly data: Uint8Array;
  /** From one row to the next. */
  readonly row: number;
  /** Samples that count. */
  readonly height: number;
  readonly width: number;
}

const HALF = 1 << 15;
const fixed = (factor: number, offset: number): Int32Array =>
  Int32Array.from({ length: 256 }, (_, i) => Math.floor(factor * 65536 + 0.5) * (i - 128) + offset);
const RED = fixed(1.402, HALF).map((v) => v >> 16);
const BLUE = fixed(1.772, HALF).map((v) => v >> 16);
const GREEN_CR = fixed(0.71414, 0).map((v) => -v);
const GREEN_CB = fixed(0.34414, 0).map((v) => HALF - v);

const clamped = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/** Doubles a row: each new sample is three quarters of the nearer old one and one of the next, rounded to either side in turn. */
const doubleRow = (sums: Int32Array, width: number, scale: number, out: Uint8Array): void => {
  const bits = scale === 4 ? 4 : 2;
  const [low, high] = scale === 4 ? [8, 7] : [1, 2];
  for (let x = 0; x < width; x++) {
    const own = sums[x]! * 3;
    const [before, after] = [sums[x - 1] ?? sums[x]!, x + 1 < width ? sums[x + 1]! : sums[x]!];
    out[2 * x] = (own + before + low) >> bits;
    out[2 * x + 1] = (own + after + high) >> bits;
  }
};

/** Row `y` of a plane of chroma at the picture's own size, by triangles, as libjpeg does it; `down` is how many rows one stands for. */
const chromaRow = (
  { data, row, height, width }: Plane,
  y: number,
  {
    across,
    down,
    sums,
    out,
  }: { readonly across: number; readonly down: number; readonly sums: Int32Array; readonly out: Uint8Array },
): void => {
  const own = Math.floor(y / down);
  const from = own * row;
  if (across === 1) {
    out.set(data.subarray(from, from + width));
    return;
  }
  // Of two samples or fewer libjpeg makes no triangles.
  if (width <= 2) {
    for (let x = 0; x < 2 * width; x++) out[x] = data[from + (x >> 1)]!;
    return;
  }
  if (down === 1) {
    for (let x = 0; x < width; x++) sums[x] = data[from + x]!;
    doubleRow(sums, width, 1, out);
    return;
  }
  const other = Math.min(height - 1, Math.max(0, y % 2 === 0 ? own - 1 : own + 1)) * row;
  for (let x = 0; x < width; x++) sums[x] = 3 * data[from + x]! + data[other + x]!;
  doubleRow(sums, width, 4, out);
};

const greyToRgb = ({ data, row, height, width }: Plane): Uint8Array => {
  const rgb = new Uint8Array(height * width * 3);
  for (let y = 0, o = 0; y < height; y++)
    for (let x = 0; x < width; x++, o += 3) rgb[o] = rgb[o + 1] = rgb[o + 2] = data[y * row + x]!;
  return rgb;
};

/** Pixels [H, W, 3] of Y, Cb and Cr, or of Y alone; to the bit what libjpeg gives. `across`, `down`: samples of Y for one of chroma. */
export const planesToRgb = (
  [luma, cb, cr]: readonly Plane[],
  across: number,
  down: number,
): Uint8Array | undefined => {
  if (!luma) return undefined;
  if (!cb || !cr) return greyToRgb(luma);
  const { data, row, height, width } = luma;
  const rgb = new Uint8Array(height * width * 3);
  const [sums, blue, red] = [
    new Int32Array(cb.width),
    new Uint8Array(2 * cb.width),
    new Uint8Array(2 * cb.width),
  ];
  for (let y = 0, o = 0; y < height; y++) {
    chromaRow(cb, y, { across, down, sums, out: blue });
    chromaRow(cr, y, { across, down, sums, out: red });
    for (let x = 0; x < width; x++, o += 3) {
      const [light, b, r] = [data[y * row + x]!, blue[x]!, red[x]!];
      rgb[o] = clamped(light + RED[r]!);
      rgb[o + 1] = clamped(light + ((GREEN_CB[b]! + GREEN_CR[r]!) >> 16));
      rgb[o + 2] = clamped(light + BLUE[b]!);
    }
  }
  return rgb;
};
