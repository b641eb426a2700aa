import { relu6, type Tensor } from '@tensorflow/tfjs-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { gelu } from '@understory/core';
import { connect, type Part } from './connect.ts';

/** What tfjs-layers composes of several ops, and their gradients of more, in one op here. */
const OPS = { relu6, gelu } as const;

/** Saves itself as the standard `Activation`, so that plain tfjs loads the model. */
class OwnActivation extends layers.Layer {
  static className = 'Activation';
  readonly #activation: keyof typeof OPS;

  constructor(name: string, activation: keyof typeof OPS) {
    super({ name });
    this.#activation = activation;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return OPS[this.#activation](Array.isArray(inputs) ? inputs[0]! : inputs);
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    return { ...super.getConfig(), activation: this.#activation };
  }
}

export const ownActivation =
  (activation: keyof typeof OPS): Part =>
  (x, name): SymbolicTensor =>
    connect(new OwnActivation(name, activation), x);
