import type { AnyPlugin } from '@understory/core';
import { cdsDistillationPlugin } from './objectives/cdsDistillation.ts';
import { contrastiveRepresentationPlugin } from './objectives/contrastiveRepresentation.ts';
import { correlationCongruencePlugin } from './objectives/correlationCongruence.ts';
import { classRelationDistillationPlugin } from './objectives/classRelationDistillation.ts';
import { decoupledDistillationPlugin } from './objectives/decoupledDistillation.ts';
import {
  attentionTransferPlugin,
  neuronSelectivityPlugin,
  probabilisticTransferPlugin,
  relationalDistillationPlugin,
  similarityPreservingPlugin,
} from './objectives/features.ts';
import { hierarchicalDistillationPlugin } from './objectives/hierarchicalDistillation.ts';
import { hintTransferPlugin } from './objectives/hintTransfer.ts';
import { knowledgeDistillationPlugin } from './objectives/knowledgeDistillation.ts';
import { knowledgeReviewPlugin } from './objectives/knowledgeReview.ts';
import { layeredSelfSupervisionPlugin } from './objectives/layeredSelfSupervision.ts';
import { nativeEnsemblePlugin } from './objectives/nativeEnsemble.ts';
import { normalizedDistillationPlugin } from './objectives/normalizedDistillation.ts';
import { selfSupervisedDistillationPlugin } from './objectives/selfSupervisedDistillation.ts';
import { universalSelfDistillationPlugin } from './objectives/universalSelfDistillation.ts';

export { distillationKl, klRows, softCrossEntropy, type TemperatureOptions } from './losses/logits.ts';
export { otherClassesKl, targetClassKl, type LabelledKl } from './losses/decoupled.ts';
export { othersCrossEntropy, targetCrossEntropy } from './losses/normalized.ts';
export { interClassLoss, intraClassLoss, type ClassCorrelationOptions } from './losses/classCorrelation.ts';
export { standardize, type StandardizeOptions } from '@understory/core';
export { classRanks, rankedOthersLoss, smoothedTargetLoss, type RankBy } from './losses/rankedLabels.ts';
export { neighbourChanceLoss } from './losses/probabilisticTransfer.ts';
export { neuronSelectivityLoss } from './losses/neuronSelectivity.ts';
export { contextLoss, hintLoss } from './losses/hints.ts';
export { attentionLoss } from './losses/attention.ts';
export { adaptiveAvgPool, nearestResize } from './losses/resize.ts';
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
  classRelationDistillation,
  classRelationDistillationPlugin,
  ClassRelationDistillationOptions,
} from './objectives/classRelationDistillation.ts';
export {
  decoupledDistillation,
  decoupledDistillationPlugin,
  DecoupledDistillationOptions,
} from './objectives/decoupledDistillation.ts';
export {
  attentionTransfer,
  attentionTransferPlugin,
  AttentionTransferOptions,
  neuronSelectivity,
  neuronSelectivityPlugin,
  NeuronSelectivityOptions,
  probabilisticTransfer,
  probabilisticTransferPlugin,
  ProbabilisticTransferOptions,
  relationalDistillation,
  relationalDistillationPlugin,
  RelationalDistillationOptions,
  similarityPreserving,
  similarityPreservingPlugin,
  SimilarityPreservingOptions,
} from './objectives/features.ts';
export {
  hierarchicalDistillation,
  hierarchicalDistillationPlugin,
  HierarchicalDistillationOptions,
} from './objectives/hierarchicalDistillation.ts';
export { hintTransfer, hintTransferPlugin, HintTransferOptions } from './objectives/hintTransfer.ts';
export {
  knowledgeDistillation,
  knowledgeDistillationPlugin,
  KnowledgeDistillationOptions,
} from './objectives/knowledgeDistillation.ts';
export {
  knowledgeReview,
  knowledgeReviewPlugin,
  KnowledgeReviewOptions,
} from './objectives/knowledgeReview.ts';
export {
  layeredSelfSupervision,
  layeredSelfSupervisionPlugin,
  LayeredSelfSupervisionOptions,
} from './objectives/layeredSelfSupervision.ts';
export {
  nativeEnsemble,
  nativeEnsemblePlugin,
  NativeEnsembleOptions,
  rampUp,
} from './objectives/nativeEnsemble.ts';
export {
  normalizedDistillation,
  normalizedDistillationPlugin,
  NormalizedDistillationOptions,
} from './objectives/normalizedDistillation.ts';
export {
  selfSupervisedDistillation,
  selfSupervisedDistillationPlugin,
  SelfSupervisedDistillationOptions,
} from './objectives/selfSupervisedDistillation.ts';
export {
  universalSelfDistillation,
  universalSelfDistillationPlugin,
  UniversalSelfDistillationOptions,
} from './objectives/universalSelfDistillation.ts';

/** Everything that this package teaches a registry. */
export const distillationPlugins: readonly AnyPlugin[] = [
  knowledgeDistillationPlugin,
  decoupledDistillationPlugin,
  classRelationDistillationPlugin,
  normalizedDistillationPlugin,
  universalSelfDistillationPlugin,
  attentionTransferPlugin,
  relationalDistillationPlugin,
  similarityPreservingPlugin,
  probabilisticTransferPlugin,
  neuronSelectivityPlugin,
  hintTransferPlugin,
  knowledgeReviewPlugin,
  correlationCongruencePlugin,
  contrastiveRepresentationPlugin,
  nativeEnsemblePlugin,
  selfSupervisedDistillationPlugin,
  hierarchicalDistillationPlugin,
  layeredSelfSupervisionPlugin,
  cdsDistillationPlugin,
];
