import type { AnyPlugin } from '@understory/core';
import { cdsDistillationPlugin } from './objectives/cdsDistillation.ts';
import { contrastiveRepresentationPlugin } from './objectives/contrastiveRepresentation.ts';
import { correlationCongruencePlugin } from './objectives/correlationCongruence.ts';
import {
  attentionTransferPlugin,
  relationalDistillationPlugin,
  similarityPreservingPlugin,
} from './objectives/features.ts';
import { knowledgeDistillationPlugin } from './objectives/knowledgeDistillation.ts';
import { nativeEnsemblePlugin } from './objectives/nativeEnsemble.ts';
import { selfSupervisedDistillationPlugin } from './objectives/selfSupervisedDistillation.ts';

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

export {
  cdsDistillation,
  cdsDistillationPlugin,
  CdsDistillationOptions,
} from './objectives/cdsDistillation.ts';
export {
  contrastiveRepresentation,
  contrastiveRepresentationPlugin,
  ContrastiveRepresentationOptions,
} from './objectives/contrastiveRepresentation.ts';
export {
  correlationCongruence,
  correlationCongruencePlugin,
  CorrelationCongruenceOptions,
} from './objectives/correlationCongruence.ts';
export {
  attentionTransfer,
  attentionTransferPlugin,
  AttentionTransferOptions,
  relationalDistillation,
  relationalDistillationPlugin,
  RelationalDistillationOptions,
  similarityPreserving,
  similarityPreservingPlugin,
  SimilarityPreservingOptions,
} from './objectives/features.ts';
export {
  knowledgeDistillation,
  knowledgeDistillationPlugin,
  KnowledgeDistillationOptions,
} from './objectives/knowledgeDistillation.ts';
export {
  nativeEnsemble,
  nativeEnsemblePlugin,
  NativeEnsembleOptions,
  rampUp,
} from './objectives/nativeEnsemble.ts';
export {
  selfSupervisedDistillation,
  selfSupervisedDistillationPlugin,
  SelfSupervisedDistillationOptions,
} from './objectives/selfSupervisedDistillation.ts';

/** Everything that this package teaches a registry. */
export const distillationPlugins: readonly AnyPlugin[] = [
  knowledgeDistillationPlugin,
  attentionTransferPlugin,
  relationalDistillationPlugin,
  similarityPreservingPlugin,
  correlationCongruencePlugin,
  contrastiveRepresentationPlugin,
  nativeEnsemblePlugin,
  selfSupervisedDistillationPlugin,
  cdsDistillationPlugin,
];
