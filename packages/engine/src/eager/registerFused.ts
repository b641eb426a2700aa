import { registerActivations } from './activations.ts';
import { registerBatchNorm } from './batchNorm.ts';
import { registerConvolutions } from './convolution.ts';
import { registerCropAndResize } from './cropAndResize.ts';
import { registerCrossEntropy } from './crossEntropy.ts';
import { registerPooling } from './pooling.ts';

/**
 * Gives the `tensorflow` backend fused kernels and gradients, in place of what tfjs composes from many small ops.
 * Call it once, after tfjs-node's kernels and tfjs's gradients are registered. Other backends keep what they had.
 */
export const registerFused = ({ gpu }: { readonly gpu: boolean }): void => {
  registerBatchNorm(gpu);
  registerActivations();
  registerConvolutions();
  registerPooling();
  registerCropAndResize();
  registerCrossEntropy();
};
