import {
  expandDims,
  logSoftmax,
  mul,
  neg,
  registerGradient,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { nativeOps } from './nativeOp.ts';
import { nativeKernel } from './register.ts';

/**
 * Softmax and cross-entropy of each row in one op: inputs `logits` and `target`, both [B, C] → [rows, slope], where rows
 * [B] are −Σ_c target_c · log softmax(logits)_c in nats and slope [B, C] is what the gradient needs.
 */
export const SOFTMAX_CROSS_ENTROPY = 'SoftmaxCrossEntropyRows';

export const registerCrossEntropy = (): void => {
  nativeKernel(SOFTMAX_CROSS_ENTROPY, ({ logits, target }) =>
    nativeOps(
      'SoftmaxCrossEntropyWithLogits',
      { T: { type: (logits as TensorInfo).dtype } },
      [logits!, target!],
      2,
    ),
  );
  registerGradient({
    kernelName: SOFTMAX_CROSS_ENTROPY,
    inputsToSave: ['logits'],
    outputsToSave: [false, true],
    gradFunc: (dys, [logits, slope]) => {
      const dy = expandDims((dys as Tensor[])[0]!, 1); // [B, 1]
      return { logits: () => mul(dy, slope!), target: () => neg(mul(dy, logSoftmax(logits!))) };
    },
  });
};
