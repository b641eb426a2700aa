import { UnderstoryError, type TaskFeatures } from '@understory/core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A map of a pyramid. */
export interface Level {
  readonly map: SymbolicTensor;
  /** Pixels of the image for a pixel of the map, along each side: a power of two. */
  readonly stride: number;
}

export type Size = readonly [height: number, width: number];

/** Height and width of a map [B, h, w, C]. */
export const sizeOf = ({ shape }: { readonly shape: readonly (number | null)[] }): Size => {
  const [, height, width] = shape;
  return [height ?? 0, width ?? 0];
};

const strideOf = (map: SymbolicTensor, [height, width]: Size): number => {
  const [h, w] = sizeOf(map);
  return 2 ** Math.round(Math.log2(Math.max(height / h, width / w)));
};

/** The deepest tap of each stride, fine to coarse: the coarsest `count` of them. Errors: `task` where there are fewer. */
export const levelsOf = ({ taps }: TaskFeatures, size: Size, count: number): readonly Level[] => {
  const byStride = new Map(Object.values(taps).map((map) => [strideOf(map, size), map]));
  const levels = [...byStride].map(([stride, map]) => ({ stride, map })).slice(-count);
  if (levels.length === count) return levels;
  throw new UnderstoryError(
    'task',
    `A feature pyramid needs the maps of ${count} stages of different sizes, and the backbone taps ${levels.length}. ` +
      'Take a backbone with more stages, such as resnet18, or fewer "levels" of the task.',
  );
};

const same = (a: Size, b: Size): boolean => a[0] === b[0] && a[1] === b[1];

/**
 * Tells height and width of the network's images by their finest map's shape: those it was built for by the map that it was
 * built with, others as whole strides.
 */
export const imageSizes =
  (finest: Level | undefined, built: Size) =>
  (map: readonly (number | null)[]): Size => {
    const found = sizeOf({ shape: map });
    if (!finest || same(found, sizeOf(finest.map))) return built;
    return [found[0] * finest.stride, found[1] * finest.stride];
  };

/** The size of a level's map by its stride: what a padded convolution leaves of images. */
const byStride = ([height, width]: Size, { stride }: Level): Size => [
  Math.ceil(height / stride),
  Math.ceil(width / stride),
];

/** Sizes of all levels' maps for images of `size`, where the network was built for images of `built`. Errors: `canvas`. */
export const mapSizes = (levels: readonly Level[], built: Size, size: Size): readonly Size[] => {
  if (same(built, size)) return levels.map(({ map }) => sizeOf(map));
  const [first] = levels;
  const whole = first === undefined || size.every((side) => side % first.stride === 0);
  if (whole && levels.every((level) => same(sizeOf(level.map), byStride(built, level))))
    return levels.map((level) => byStride(size, level));
  const other = `${size.join('×')} beside ${built.join('×')} pixels`;
  throw new UnderstoryError(
    'canvas',
    `This detector cannot look at images of ${other}: its anchors would not lie on its maps. Give all images one size, ` +
      'in multiples of 32 pixels: "size: 512" of the dataset.',
  );
};

/** How a level's layers are called: `3` for stride 8, as the field counts them. */
export const levelName = ({ stride }: Level): string => String(Math.log2(stride));
