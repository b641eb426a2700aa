import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A layer as a small model of standard layers, and how to compute the same faster. */
export interface CompositeConfig {
  readonly name: string;
  readonly inputs: SymbolicTensor;
  readonly outputs: SymbolicTensor;
  /** The forward pass: an input and the small model's weights in their order → what the small model would give. */
  readonly call: (x: Tensor, weights: readonly Tensor[]) => Tensor;
  /** The shape of what `call` gives, [B, …] → [B, …], where it takes inputs of other sizes than the small model does. */
  readonly shapeOf?: (input: (number | null)[]) => (number | null)[];
  /** Groups of a grouped convolution, for its first weights. */
  readonly groups?: number;
}

/**
 * Runs `call` here and saves itself as the small model of standard layers: plain tfjs, which has neither grouped
 * convolutions nor attention, loads a saved backbone and computes the same, only slower.
 */
class Composite extends LayersModel {
  static override className = 'Functional';
  // Only declared: present on grouped convolutions alone, which is how others tell them.
  declare readonly groups?: number;
  readonly #call: CompositeConfig['call'];
  readonly #shapeOf: CompositeConfig['shapeOf'];

  constructor({ name, inputs, outputs, call, shapeOf, groups }: CompositeConfig) {
    super({ name, inputs, outputs });
    this.#call = call;
    this.#shapeOf = shapeOf;
    if (groups !== undefined) this.groups = groups;
  }

  override computeOutputShape(shape: (number | null)[]): ReturnType<LayersModel['computeOutputShape']> {
    return this.#shapeOf?.(shape) ?? super.computeOutputShape(shape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const weights = this.weights.map((weight) => weight.read());
    return tidy(() => this.#call(x, weights));
  }
}

export const composite = (config: CompositeConfig): LayersModel => new Composite(config);
