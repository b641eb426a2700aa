import { LeakyRelu, Relu, Relu6, Sigmoid, Tanh, type Tensor } from '@tensorflow/tfjs-core';
import { nativeOp, type Attributes } from './nativeOp.ts';
import { nativeGradient } from './register.ts';

const gradientOf = (op: string, inputs: [Tensor, Tensor], more: Attributes = {}): Tensor =>
  nativeOp(op, { T: { type: inputs[0].dtype }, ...more }, inputs);

/**
 * Gradients of activations in one op each. ReLU and ReLU6 keep their output instead of their input: the next layer keeps
 * it anyhow. ReLU6 has gradient 0 at exactly 6, as in PyTorch; tfjs's own formula has 1 there.
 */
export const registerActivations = (): void => {
  const names = ['y'] as const;
  const output = { names, saves: { outputsToSave: [true] } };
  nativeGradient(Relu, output, ({ dy, saved: { y } }) => ({ x: () => gradientOf('ReluGrad', [dy, y]) }));
  nativeGradient(Relu6, output, ({ dy, saved: { y } }) => ({ x: () => gradientOf('Relu6Grad', [dy, y]) }));
  nativeGradient(Sigmoid, { names }, ({ dy, saved: { y } }) => ({
    x: () => gradientOf('SigmoidGrad', [y, dy]),
  }));
  nativeGradient(Tanh, { names }, ({ dy, saved: { y } }) => ({ x: () => gradientOf('TanhGrad', [y, dy]) }));
  nativeGradient(LeakyRelu, { names: ['x'] }, ({ dy, saved: { x }, attrs: { alpha } }) => ({
    x: () => gradientOf('LeakyReluGrad', [dy, x], { alpha: { float: alpha as number } }),
  }));
};
