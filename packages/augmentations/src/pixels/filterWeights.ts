/** How neighbours are weighed when an image is resized. */
export const FILTERS = ['bilinear', 'bicubic'] as const;
export type Filter = (typeof FILTERS)[number];

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** Keys's cubic convolution with a = −1/2. */
const cubic = (x: number): number => {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? -0.5 * (((t - 5) * t + 8) * t - 4) : 0;
};

const KERNELS = {
  bilinear: { radius: 1, weigh: triangle },
  bicubic: { radius: 2, weigh: cubic },
} satisfies Record<Filter, unknown>;

/** Weights are whole multiples of 1 / ONE, as in PIL's 8-bit resize. */
export const ONE = 2 ** 22;

/** A stretch of one axis of the source, in pixels. */
export interface Interval {
  readonly start: number;
  readonly length: number;
}

/** Most source pixels that one new pixel can have a part of, for stretches of up to `input` pixels. */
export const weightCount = (input: number, output: number, filter: Filter): number =>
  Math.min(input, 2 * Math.ceil(KERNELS[filter].radius * Math.max(1, input / output)) + 1);

/** To the nearest whole number, halves away from zero, as C casts after adding a half. */
const roundAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

/** Where to write the weights of one image's axis: `starts` [output], `weights` [output, weightCount] in 1 / ONE. */
export interface WeightRows {
  readonly starts: Float32Array;
  readonly weights: Float32Array;
}

/**
 * Antialiased resize of a stretch of `input` pixels to `output` pixels: which source pixels make up each new one, and
 * their weights. A kernel grows with the factor by which the image shrinks (Pillow, `Resample.c`).
 */
export const writeWeights = (
  { start, length }: Interval,
  [input, output]: readonly [number, number],
  filter: Filter,
  into: WeightRows,
): void => {
  const { radius, weigh } = KERNELS[filter];
  const count = into.weights.length / output;
  const scale = length / output;
  const stretch = Math.max(scale, 1);
  const shrink = 1 / stretch;
  const raw = new Float64Array(count);
  for (let i = 0; i < output; i++) {
    const centre = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - radius * stretch + 0.5));
    const high = Math.min(length, Math.trunc(centre + radius * stretch + 0.5));
    let total = 0;
    for (let x = low; x < high; x++) total += raw[x - low] = weigh((x - centre + 0.5) * shrink);
    const first = Math.min(start + low, input - count); // all weights stay inside the source
    const at = i * count + start - first;
    into.starts[i] = first;
    for (let x = low; x < high; x++) into.weights[at + x] = roundAway((raw[x - low]! / total) * ONE);
  }
};
