import { gridAnchors, type AnchorOptions } from '../boxes/anchors.ts';
import { sizeOf, type Level } from './levels.ts';

/** The anchors of a pyramid's levels, fine to coarse. */
export interface AnchorGrid {
  /** [A, 4] */
  readonly anchors: Float32Array;
  /** How many of them each level has, in order. */
  readonly counts: readonly number[];
  /** Height and width of the network's image. */
  readonly size: readonly [number, number];
}

/** Anchors of one position. */
export const perPosition = ({ scales, ratios }: Pick<AnchorOptions, 'scales' | 'ratios'>): number =>
  scales.length * ratios.length;

/** Anchors on all levels; of the variant that rounds they stand as far apart as torchvision has them. */
export const anchorGrid = (
  levels: readonly Level[],
  size: readonly [number, number],
  options: Omit<AnchorOptions, 'strides'>,
): AnchorGrid => {
  const sizes = levels.map(({ map }) => sizeOf(map));
  const strides = levels.map(({ stride }) => stride);
  return {
    size,
    anchors: gridAnchors(sizes, { ...options, strides }, options.round ? size : undefined),
    counts: sizes.map(([h, w]) => h * w * perPosition(options)),
  };
};

/** The anchors of one level among those of all. */
export interface LevelRange {
  /** 0 for the finest. */
  readonly level: number;
  readonly from: number;
  readonly count: number;
  /** [count, 4] */
  readonly anchors: Float32Array;
}

/** Which anchors belong to which level. */
export const levelRanges = ({ anchors, counts }: AnchorGrid): LevelRange[] => {
  let from = 0;
  return counts.map((count, level) => {
    const range = { level, from, count, anchors: anchors.subarray(4 * from, 4 * (from + count)) };
    from += count;
    return range;
  });
};
