import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A layer as a small model of standard layers, and how to compute the same faster. */
export interface CompositeConfig {
  readonly name: string;
  readonly inputs: SymbolicTensor;
  readonly outputs: SymbolicTensor;
  /** The forward pass: an input and the small model's weights in their order → what the small model would give. */
  readonly call: (x: Tensor, weights: readonly Tensor[]) => Tensor;
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

  constructor({ name, inputs, outputs, call, groups }: CompositeConfig) {
    super({ name, inputs, outputs });
    this.#call = call;
    if (groups !== undefined) this.groups = groups;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const weights = this.weights.map((weight) => weight.read());
    return tidy(() => this.#call(x, weights));
  }
}

export const composite = (config: CompositeConfig): LayersModel => new Composite(config);
