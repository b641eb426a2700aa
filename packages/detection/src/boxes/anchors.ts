import { UnderstoryError, roundEven } from '@understory/core';

export interface AnchorOptions {
  /** Pixels between two positions, a level. */
  readonly strides: readonly number[];
  /** Sides of the square anchors, in times of `base`. */
  readonly scales: readonly number[];
  /** Heights over widths. */
  readonly ratios: readonly number[];
  /** Side that a scale of 1 stands for, in times of the stride; 1 if absent. */
  readonly base?: number;
  /** As torchvision has them: sides and corners are whole pixels. Exact if absent, as mmdetection has them. */
  readonly round?: boolean;
}

/**
 * The anchors of one level about the point 0, 0: [A, 4] top, left, bottom, right in pixels, A = ratios · scales, all scales
 * of the first ratio first.
 */
export const baseAnchors = (
  stride: number,
  { scales, ratios, base = 1, round = false }: Omit<AnchorOptions, 'strides'>,
): Float32Array => {
  const corner = (x: number): number => (round ? roundEven(Math.fround(x)) : x);
  const anchors = ratios.flatMap((ratio) =>
    scales.flatMap((scale) => {
      const exact = stride * base * scale;
      const side = round ? Math.floor(exact + 1e-6) : exact; // + 1e-6: 8 · 4 · 2^(3/3) is 64
      const [height, width] = [(side * Math.sqrt(ratio)) / 2, side / Math.sqrt(ratio) / 2];
      return [-height, -width, height, width].map(corner);
    }),
  );
  return Float32Array.from(anchors);
};

/** The anchors of one level: `base` moved to each of `h` · `w` positions, `step` pixels apart. */
const onGrid = (
  base: Float32Array,
  [h, w]: readonly [number, number],
  step: readonly [number, number],
): Float32Array => {
  const anchors = new Float32Array(h * w * base.length);
  for (let i = 0; i < anchors.length; i++) {
    const place = Math.floor(i / base.length);
    const moved = i % 2 === 0 ? Math.floor(place / w) * step[0] : (place % w) * step[1];
    anchors[i] = base[i % base.length]! + moved;
  }
  return anchors;
};

/**
 * The anchors of all levels, one after another: [Σ h·w·A, 4], positions row by row, all anchors of a position together.
 * `sizes` [h, w] of each level's map, as many as there are strides. Positions are `stride` pixels apart, the first at
 * 0, 0; given the network's `image` [height, width], they are ⌊image / size⌋ apart, as in torchvision, which differs from
 * the stride where a map's size was rounded up. Throws `bad-shape` for another number of levels.
 */
export const gridAnchors = (
  sizes: readonly (readonly [h: number, w: number])[],
  options: AnchorOptions,
  image?: readonly [height: number, width: number],
): Float32Array => {
  const { strides } = options;
  if (sizes.length !== strides.length) {
    const found = `${sizes.length} maps, but ${strides.length} strides (${strides.join(', ')})`;
    throw new UnderstoryError('bad-shape', `anchors: ${found}. Give a stride for each level.`);
  }
  const levels = strides.map((stride, i) => {
    const [h, w] = sizes[i]!;
    const step = image
      ? ([Math.floor(image[0] / h), Math.floor(image[1] / w)] as const)
      : ([stride, stride] as const);
    return onGrid(baseAnchors(stride, options), [h, w], step);
  });
  const all = new Float32Array(levels.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const level of levels) {
    all.set(level, at);
    at += level.length;
  }
  return all;
};
