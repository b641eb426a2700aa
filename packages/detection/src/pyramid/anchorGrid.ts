import { UnderstoryError } from '@understory/core';
import { gridAnchors, type AnchorOptions } from '../boxes/anchors.ts';
import { imageSizes, mapSizes, type Level, type Size } from './levels.ts';

type Shape = readonly (number | null)[];

/** The anchors of a pyramid's levels, fine to coarse, for images of one size. */
export interface AnchorGrid {
  /** [A, 4] */
  readonly anchors: Float32Array;
  /** How many of them each level has, in order. */
  readonly counts: readonly number[];
  /** Height and width of the network's image. */
  readonly size: Size;
}

/** Anchors of one position. */
export const perPosition = ({ scales, ratios }: Pick<AnchorOptions, 'scales' | 'ratios'>): number =>
  scales.length * ratios.length;

/** The anchors of a network that looks at images of several sizes: each grid is made once. */
export interface AnchorGrids {
  /** Those of images of this height and width. Errors: `canvas` where the levels' maps of such images are not known. */
  readonly at: (size: Size) => AnchorGrid;
  /** Those of the images whose finest map has this shape [B, h, w, C]. */
  readonly under: (map: Shape) => AnchorGrid;
}

/**
 * Anchors on all levels, for images of `size`, for which the levels are known, and of other sizes, whose maps are as large as
 * strides say. Of the variant that rounds they stand as far apart as torchvision has them.
 */
export const anchorGrids = (
  levels: readonly Level[],
  size: Size,
  options: Omit<AnchorOptions, 'strides'>,
): AnchorGrids => {
  const known = new Map<string, AnchorGrid>();
  const strides = levels.map(({ stride }) => stride);
  const sizeUnder = imageSizes(levels[0], size);
  const make = (image: Size): AnchorGrid => {
    const sizes = mapSizes(levels, size, image);
    return {
      size: image,
      anchors: gridAnchors(sizes, { ...options, strides }, options.round ? image : undefined),
      counts: sizes.map(([h, w]) => h * w * perPosition(options)),
    };
  };
  const at = (image: Size): AnchorGrid => {
    const key = image.join();
    const grid = known.get(key) ?? make(image);
    known.set(key, grid);
    return grid;
  };
  return { at, under: (map) => at(sizeUnder(map)) };
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

/** Refuses rows [B, A, …] that are not one for each anchor of images with such a finest map. Errors: `canvas`. */
export const requireRows = (grids: AnchorGrids, [, rows]: Shape, map: Shape): void => {
  const { anchors, size } = grids.under(map);
  if (rows === anchors.length / 4) return;
  throw new UnderstoryError(
    'canvas',
    `On images of ${size.join('×')} pixels this detector's maps hold ${rows ?? 'no'} anchors, and its levels ` +
      `${anchors.length / 4}. Give all images one size, in multiples of 32 pixels: "size: 512" of the dataset.`,
  );
};
