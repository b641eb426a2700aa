import { LeakyRelu, Relu, Relu6, Sigmoid, Tanh } from '@tensorflow/tfjs-core';
import { nativeOp } from './nativeOp.ts';
import { nativeGradient } from './register.ts';

/**
 * Gradients of activations in one op each. ReLU keeps its output instead of its input, which the next layer keeps
 * anyhow. ReLU6 has gradient 0 at exactly 6, as in PyTorch; tfjs's own formula has 1 there.
 */
export const registerActivations = (): void => {
  nativeGradient(
    Relu,
    (dy, [y]) => ({ x: () => nativeOp('ReluGrad', { T: { type: dy.dtype } }, [dy, y!]) }),
    {
      outputsToSave: [true],
    },
  );
  nativeGradient(Relu6, (dy, [x]) => ({
    x: () => nativeOp('Relu6Grad', { T: { type: dy.dtype } }, [dy, x!]),
  }));
  nativeGradient(Sigmoid, (dy, [y]) => ({
    x: () => nativeOp('SigmoidGrad', { T: { type: dy.dtype } }, [y!, dy]),
  }));
  nativeGradient(Tanh, (dy, [y]) => ({ x: () => nativeOp('TanhGrad', { T: { type: dy.dtype } }, [y!, dy]) }));
  nativeGradient(LeakyRelu, (dy, [x], { alpha }) => ({
    x: () =>
      nativeOp('LeakyReluGrad', { T: { type: dy.dtype }, alpha: { float: alpha as number } }, [dy, x!]),
  }));
};
