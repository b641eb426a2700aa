import { clone, expandDims, squeeze, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Augmentation, DrawnParams } from '@understory/core';
import { moveBoxes, type Affine, type CutRule, type Region } from '../pixels/moveBoxes.ts';
import type { Size } from '../sizes.ts';

/** What stands in a map where there is no image, unless the map's description says another class. */
export const NO_CLASS = -1;

/** Images of any number of channels after a draw: [B, H, W, C] → [B, h, w, C]; `outside` [C] stands where there is no image. */
export type Move = (images: Tensor4D, params: DrawnParams, outside: readonly number[]) => Tensor4D;

/** How targets go with their images. */
export interface Movement {
  /** A map, as int32 images of one channel; it may not mix classes. */
  readonly map: Move;
  /** Where points of the image before, of this size, go. Without it, boxes are left behind. */
  readonly points?: (params: DrawnParams, size: Size) => Affine;
  /** What boxes are cut to; the whole new image where nothing is said. */
  readonly region?: (params: DrawnParams, size: Size) => Region;
  /** When too little of a box is left. */
  readonly cut?: CutRule;
}

export type Moving = Required<Pick<Augmentation, 'moves' | 'applyTarget'>>;

/** An augmentation that takes maps along, and boxes where it says where points go. */
export const moving = <T extends Augmentation>(
  { map, points, region, cut }: Movement,
  augmentation: T,
): T & Moving => ({
  ...augmentation,
  moves: points ? ['map', 'boxes'] : ['map'],
  applyTarget: (target, { kind, outside = NO_CLASS, around }, params, size) =>
    tidy(() => {
      if (kind === 'map') return squeeze(map(expandDims(target, 3), params, [outside]), [3]);
      if (kind !== 'boxes' || !points) return clone(target);
      const inside = region?.(params, size) ?? augmentation.outputSize?.(size) ?? size;
      return moveBoxes(target, points(params, size), inside, { ...cut, around });
    }),
});
