import { image, slice, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { given } from './given.ts';

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
      const large = image.resizeNearestNeighbor(coarse, [2 * h, 2 * w]);
      if (2 * h === height && 2 * w === width) return large;
      return slice(large, [0, 0, 0, 0], [images, height, width, channels]);
    });
  }
}
