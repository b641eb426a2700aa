import {
  avgPool,
  customGrad,
  image,
  mul,
  slice,
  tidy,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { given } from './given.ts';

/**
 * Each pixel twice as high and wide. [B, h, w, C] → [B, 2h, 2w, C]. Its gradient is the sum of a pixel's four: tfjs's own op takes
 * that from other images of the batch on its CPU backend.
 */
const doubled = customGrad((map) => {
  const [, h, w] = (map as Tensor4D).shape;
  return {
    value: image.resizeNearestNeighbor(map as Tensor4D, [2 * h, 2 * w]),
    gradFunc: (dy) => mul(avgPool(dy, 2, 2, 'valid'), 4),
  };
}) as (map: Tensor4D) => Tensor4D;

/**
 * A coarse map with each pixel twice as high and wide, cut to the height and width of a finer one; as it is where both are as
 * large. Takes [coarse, fine], of any size.
 */
export class Enlarged extends layers.Layer {
  static className = 'Enlarged';

  constructor(name: string) {
    super({ name });
  }

  override computeOutputShape(shapes: (number | null)[][]): (number | null)[] {
    const { coarse, fine } = given(this.name, shapes, ['coarse', 'fine']);
    const [images = null, , , channels = null] = coarse;
    const [, height = null, width = null] = fine;
    return [images, height, width, channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { coarse, fine } = given(this.name, inputs as Tensor4D[], ['coarse', 'fine']);
    const [images, h, w, channels] = coarse.shape;
    const [, height, width] = fine.shape;
    if (h === height && w === width) return coarse;
    return tidy(() => {
      const large = doubled(coarse);
      if (2 * h === height && 2 * w === width) return large;
      return slice(large, [0, 0, 0, 0], [images, height, width, channels]);
    });
  }
}
