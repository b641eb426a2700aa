import { UnderstoryError, type TaskFeatures } from '@understory/core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A map of a pyramid. */
export interface Level {
  readonly map: SymbolicTensor;
  /** Pixels of the image for a pixel of the map, along each side: a power of two. */
  readonly stride: number;
}

/** Height and width of a map. */
export const sizeOf = ({ shape }: SymbolicTensor): readonly [number, number] => {
  const [, height, width] = shape;
  return [height ?? 0, width ?? 0];
};

const strideOf = (map: SymbolicTensor, [height, width]: readonly [number, number]): number => {
  const [h, w] = sizeOf(map);
  return 2 ** Math.round(Math.log2(Math.max(height / h, width / w)));
};

/** The deepest tap of each stride, fine to coarse: the coarsest `count` of them. Errors: `task` where there are fewer. */
export const levelsOf = (
  { taps }: TaskFeatures,
  size: readonly [number, number],
  count: number,
): readonly Level[] => {
  const byStride = new Map(Object.values(taps).map((map) => [strideOf(map, size), map]));
  const levels = [...byStride].map(([stride, map]) => ({ stride, map })).slice(-count);
  if (levels.length === count) return levels;
  throw new UnderstoryError(
    'task',
    `A feature pyramid needs the maps of ${count} stages of different sizes, and the backbone taps ${levels.length}. ` +
      'Take a backbone with more stages, such as resnet18, or fewer "levels" of the task.',
  );
};

/** How a level's layers are called: `3` for stride 8, as the field counts them. */
export const levelName = ({ stride }: Level): string => String(Math.log2(stride));
