import { relu6, type Tensor } from '@tensorflow/tfjs-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect } from './connect.ts';

/**
 * tfjs-layers composes ReLU6 of two ops, whose gradient keeps masks; this is tfjs's own op, whose gradient is one too.
 * Saves itself as the standard `Activation`, so that plain tfjs loads the model.
 */
class Relu6 extends layers.Layer {
  static className = 'Activation';

  override call(inputs: Tensor | Tensor[]): Tensor {
    return relu6(Array.isArray(inputs) ? inputs[0]! : inputs);
  }

  override getConfig(): ReturnType<layers.Layer['getConfig']> {
    return { ...super.getConfig(), activation: 'relu6' };
  }
}

/** min(max(x, 0), 6) */
export const relu6Layer = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(new Relu6({ name }), x);
