import { expandDims, logSoftmax, mul, neg, registerGradient } from '@tensorflow/tfjs-core';
import { nativeOps } from './nativeOp.ts';
import { firstOf, named, nativeKernel } from './register.ts';

/**
 * Softmax and cross-entropy of each row in one op: inputs `logits` and `target`, both [B, C] → [rows, slope], where rows
 * [B] are −Σ_c target_c · log softmax(logits)_c in nats and slope [B, C] is what the gradient needs.
 */
export const SOFTMAX_CROSS_ENTROPY = 'SoftmaxCrossEntropyRows';

export const registerCrossEntropy = (): void => {
  nativeKernel(SOFTMAX_CROSS_ENTROPY, ['logits', 'target'], ({ logits, target }) =>
    nativeOps('SoftmaxCrossEntropyWithLogits', { T: { type: logits.dtype } }, [logits, target], 2),
  );
  registerGradient({
    kernelName: SOFTMAX_CROSS_ENTROPY,
    inputsToSave: ['logits'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const { logits, slope } = named(SOFTMAX_CROSS_ENTROPY, ['logits', 'slope'], saved);
      const dy = expandDims(firstOf(dys), 1); // [B, 1]
      return { logits: () => mul(dy, slope), target: () => neg(mul(dy, logSoftmax(logits))) };
    },
  });
};
