import { LeakyRelu, Relu, Relu6, Sigmoid, Tanh, type Tensor } from '@tensorflow/tfjs-core';
import { nativeOp } from './nativeOp.ts';
import { nativeGradient } from './register.ts';

/**
 * Gradients of activations in one op each. ReLU and ReLU6 keep their output instead of their input: the next layer keeps
 * it anyhow. ReLU6 has gradient 0 at exactly 6, as in PyTorch; tfjs's own formula has 1 there.
 */
export const registerActivations = (): void => {
  for (const [kernel, op] of [
    [Relu, 'ReluGrad'],
    [Relu6, 'Relu6Grad'],
  ] as const) {
    const gradient = (dy: Tensor, y: Tensor): Tensor => nativeOp(op, { T: { type: dy.dtype } }, [dy, y]);
    nativeGradient(kernel, (dy, [y]) => ({ x: () => gradient(dy, y!) }), { outputsToSave: [true] });
  }
  nativeGradient(Sigmoid, (dy, [y]) => ({
    x: () => nativeOp('SigmoidGrad', { T: { type: dy.dtype } }, [y!, dy]),
  }));
  nativeGradient(Tanh, (dy, [y]) => ({ x: () => nativeOp('TanhGrad', { T: { type: dy.dtype } }, [y!, dy]) }));
  nativeGradient(LeakyRelu, (dy, [x], { alpha }) => ({
    x: () =>
      nativeOp('LeakyReluGrad', { T: { type: dy.dtype }, alpha: { float: alpha as number } }, [dy, x!]),
  }));
};
