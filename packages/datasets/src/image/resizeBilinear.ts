/** Pixels [H, W, 3] uint8, row-major. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

interface Taps {
  readonly first: number;
  /** Weights in units of 2⁻²². */
  readonly weights: Int32Array;
}

const BITS = 22;

/** Triangle filter over as many input pixels as an output pixel covers, at least one on each side of its centre. */
const tapsOf = (from: number, to: number): Taps[] => {
  const scale = from / to;
  const spread = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - spread + 0.5));
    const last = Math.min(from, Math.trunc(centre + spread + 0.5));
    const raw = Array.from({ length: last - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / spread)),
    );
    const total = raw.reduce((a, b) => a + b, 0);
    return { first, weights: Int32Array.from(raw, (w) => Math.round((w / total) * 2 ** BITS)) };
  });
};

/** Filters one axis; pixels along it lie `step` bytes apart, lines that run along it begin at each of `starts`. */
const along = (
  source: Uint8Array,
  taps: readonly Taps[],
  step: number,
  lines: readonly [from: number, to: number][],
): Uint8Array => {
  const out = new Uint8Array(lines.length * taps.length);
  const half = 2 ** (BITS - 1);
  taps.forEach(({ first, weights }, i) => {
    for (const [from, to] of lines) {
      let sum = half;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * source[from + (first + k) * step]!;
      out[to + i * step] = Math.min(255, Math.floor(sum / 2 ** BITS));
    }
  });
  return out;
};

/** Start of each line and channel, in the source and in the result. */
const starts = (lines: number, from: number, to: number): [number, number][] =>
  Array.from({ length: lines * 3 }, (_, i) => {
    const line = Math.floor(i / 3);
    return [line * from + (i % 3), line * to + (i % 3)];
  });

/**
 * Antialiased bilinear resize, horizontally, rounded, then vertically, in the fixed-point arithmetic of the field's
 * reference (Pillow), to the bit. Runs on the calling thread: for enlargements, whose work is small.
 */
export const resizeBilinear = ({ data, height, width }: Pixels, to: readonly [number, number]): Pixels => {
  const [h, w] = to;
  const wide = w === width ? data : along(data, tapsOf(width, w), 3, starts(height, width * 3, w * 3));
  const done = h === height ? wide : along(wide, tapsOf(height, h), w * 3, starts(w, 3, 3));
  return { data: done, height: h, width: w };
};
