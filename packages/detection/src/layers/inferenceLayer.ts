import type { CallArgs } from '@understory/core';
import { tidy, zeros, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

/** Which boxes are told. */
export interface TellOptions {
  /** Probability from which on. */
  readonly least: number;
  /** Intersection over union above which the less probable of two is dropped. */
  readonly overlap: number;
  /** Boxes of an image at most. */
  readonly most: number;
}

type Shape = (number | null)[];

/**
 * A layer that finishes what a network says of an image, in inference alone: in training nobody looks at it, and it gives
 * zeros. Its output is a row [rows, columns] an image.
 */
export abstract class InferenceLayer extends layers.Layer {
  readonly #shape: readonly [number, number];

  constructor(name: string, shape: readonly [rows: number, columns: number]) {
    super({ name });
    this.#shape = shape;
  }

  override computeOutputShape(shapes: Shape[]): Shape {
    this.checkInputs?.(shapes);
    return [null, ...this.#shape];
  }

  override call(inputs: Tensor | Tensor[], args: Partial<CallArgs>): Tensor {
    const given = [inputs].flat();
    const images = given[0]?.shape[0] ?? 0;
    return tidy(() => (args.training ? zeros([images, ...this.#shape]) : this.finish(given)));
  }

  /** Refuses shapes of inputs that it cannot work with. */
  protected checkInputs?(shapes: readonly Shape[]): void;

  protected abstract finish(inputs: readonly Tensor[]): Tensor;
}
