import { registerActivations } from './activations.ts';
import { registerBatchNorm } from './batchNorm.ts';
import { registerConvolutions } from './convolution.ts';
import { registerCropAndResize } from './cropAndResize.ts';
import { registerCrossEntropy } from './crossEntropy.ts';
import { registerDilatedGradients } from './dilatedGradients.ts';
import { registerFusedConvolutions } from './fusedConvolution.ts';
import { registerLookUp } from './lookUp.ts';
import { registerMissing } from './missing/registerMissing.ts';
import { registerNormals } from './normals.ts';
import { registerOwnPairs } from './ownPairs.ts';
import { registerPooling } from './pooling.ts';
import { registerRoiAlign } from './roiAlign.ts';

/**
 * Gives the `tensorflow` backend fused kernels and gradients, in place of what tfjs composes from many small ops.
 * Call it once, after tfjs-node's kernels and tfjs's gradients are registered. Other backends keep what they had.
 * `addon`: whether the engine's own addon is there.
 */
export const registerFused = ({ gpu, addon }: { readonly gpu: boolean; readonly addon: boolean }): void => {
  registerBatchNorm(gpu);
  registerActivations();
  registerConvolutions();
  registerDilatedGradients();
  registerFusedConvolutions();
  registerPooling();
  registerCropAndResize();
  registerCrossEntropy();
  registerMissing();
  if (addon) registerNormals();
  if (!addon || gpu) return;
  registerRoiAlign();
  registerLookUp();
  registerOwnPairs();
};
