export { moveAverage } from './movingAverage.ts';
export { stopGradient, untracked } from './stopGradient.ts';
export { SHORTEST_LENGTH, unitVectors } from './unitVectors.ts';
export {
  centredRows,
  preparedLogits,
  standardize,
  type Preparation,
  type StandardizeOptions,
} from './standardize.ts';
export { affinityOf } from './affinity.ts';
export { mixedLoss } from './mixedLoss.ts';
export { enqueue, type Queue } from './enqueue.ts';
export { gatherRows } from './gatherRows.ts';
export type { KernelPair } from './kernels.ts';
export { GELU, gelu } from './gelu.ts';
export { LAYER_NORM, layerNorm, type LayerNormParameters } from './layerNorm.ts';
export { ATTENTION, attention } from './attention.ts';
export { LOOK_UP, lookUpByKernel, type LookUpInputs } from './lookUp.ts';
export { ROI_ALIGN, ROI_ALIGN_GRAD, roiAlign, roiLevels, type RoiAlignOptions } from './roiAlign.ts';
export {
  crossEntropyLoss,
  crossEntropyOf,
  meanOverClasses,
  requireClassification,
  smoothTarget,
  softCrossEntropyRows,
} from './crossEntropy.ts';
export { CHECKING, requireAffinity, requireLabels } from './checkTensors.ts';
export { requireSameLength, requireSameRows, requireSameShape } from './checkTensors.ts';
