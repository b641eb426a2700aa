import type { AnyPlugin } from '@understory/core';

export { distillationKl, klRows, softCrossEntropy, type TemperatureOptions } from './losses/logits.ts';
export { adaptiveAvgPool, attentionLoss } from './losses/attention.ts';
export { relationalLoss, type RelationalOptions } from './losses/relational.ts';
export { similarityLoss } from './losses/similarity.ts';
export { kernelCorrelationLoss, neighbourCorrelationLoss } from './losses/correlation.ts';
export { noiseContrast, type NoiseContrastOptions } from './losses/noiseContrast.ts';
export { bankScores, drawCounts, movedBank, ownScores, partition } from './losses/memoryBank.ts';
export { ensembleKl, ensembleLogits } from './losses/ensemble.ts';
export {
  keptRows,
  pretextLoss,
  relatedness,
  selectiveKl,
  targetRank,
  type SelectiveOptions,
} from './losses/selfSupervision.ts';
export { meanSquaredDistance, wholeDistance } from './losses/featureDistance.ts';

/** Everything that this package teaches a registry. */
export const distillationPlugins: readonly AnyPlugin[] = [];
