import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { given } from './given.ts';

/** A map [B, h, w, n · numbers] of any height and width as rows [B, h · w · n, numbers], position by position. */
export class MapRows extends layers.Layer {
  static className = 'MapRows';
  readonly #numbers: number;

  constructor(name: string, numbers: number) {
    super({ name });
    this.#numbers = numbers;
  }

  override computeOutputShape(shape: (number | null)[]): (number | null)[] {
    const [images = null, height, width, channels] = shape;
    const rows = ((height ?? 0) * (width ?? 0) * (channels ?? 0)) / this.#numbers;
    return [images, rows, this.#numbers];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { map } = given(this.name, inputs, ['map']);
    return reshape(map, [map.shape[0], -1, this.#numbers]);
  }
}
