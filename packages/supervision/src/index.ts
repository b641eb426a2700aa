import { contrastiveDeepSupervisionPlugin } from './contrastiveDeepSupervision.ts';
import { crossEntropyPlugin } from './crossEntropy.ts';
import { deeplySupervisedNetsPlugin } from './deeplySupervisedNets.ts';
import { hierarchicalMimickingPlugin } from './hierarchicalMimicking.ts';
import { linearPlugin, mlpPlugin, poolPlugin } from './heads/dense.ts';
import { projectorPlugin } from './heads/projector.ts';
import { sepConvPlugin } from './heads/sepConv.ts';
import { expanderPlugin } from './heads/expander.ts';
import { bootstrapDeepSupervisionPlugin } from './selfSupervised/bootstrapDeepSupervision.ts';
import { momentumContrastPlugin } from './selfSupervised/momentumContrast.ts';
import { bootstrapLatentsPlugin, simpleSiamesePlugin } from './selfSupervised/prediction.ts';
import { swappedPredictionPlugin } from './selfSupervised/swappedPrediction.ts';
import { mixedCrossEntropyPlugin } from './mixedCrossEntropy.ts';
import { tapEntropyPlugin } from './regularization/tapEntropy.ts';
import { tapSpreadPlugin } from './regularization/tapSpread.ts';
import { regionContrastPlugin } from './regionContrast.ts';
import { knowledgeSynergyPlugin } from './knowledgeSynergy.ts';

export { crossEntropy, crossEntropyPlugin, CrossEntropyOptions } from './crossEntropy.ts';
export { mixedCrossEntropy, mixedCrossEntropyPlugin, MixedCrossEntropyOptions } from './mixedCrossEntropy.ts';
export {
  contrastiveDeepSupervision,
  contrastiveDeepSupervisionPlugin,
  ContrastiveDeepSupervisionOptions,
} from './contrastiveDeepSupervision.ts';
export {
  deeplySupervisedNets,
  deeplySupervisedNetsPlugin,
  DeeplySupervisedNetsOptions,
} from './deeplySupervisedNets.ts';
export { knowledgeSynergy, knowledgeSynergyPlugin, KnowledgeSynergyOptions } from './knowledgeSynergy.ts';
export {
  hierarchicalMimicking,
  hierarchicalMimickingPlugin,
  HierarchicalMimickingOptions,
} from './hierarchicalMimicking.ts';
export {
  momentumContrast,
  momentumContrastPlugin,
  MomentumContrastOptions,
} from './selfSupervised/momentumContrast.ts';
export {
  bootstrapLatents,
  bootstrapLatentsPlugin,
  BootstrapLatentsOptions,
  simpleSiamese,
  simpleSiamesePlugin,
  SimpleSiameseOptions,
} from './selfSupervised/prediction.ts';
export {
  bootstrapDeepSupervision,
  bootstrapDeepSupervisionPlugin,
  BootstrapDeepSupervisionOptions,
} from './selfSupervised/bootstrapDeepSupervision.ts';
export {
  swappedPrediction,
  swappedPredictionPlugin,
  SwappedPredictionOptions,
} from './selfSupervised/swappedPrediction.ts';
export { regionContrast, regionContrastPlugin, RegionContrastOptions } from './regionContrast.ts';
export { confidencePenalty, koLeo, negativeEntropy, uniformity } from './regularization/measures.ts';
export { tapEntropy, tapEntropyPlugin, TapEntropyOptions } from './regularization/tapEntropy.ts';
export { tapSpread, tapSpreadPlugin, TapSpreadOptions } from './regularization/tapSpread.ts';
export { mimicTerms, smoothKl } from './mimicry/mimicTerms.ts';
export { defaultBranches } from './mimicry/layout.ts';
export { sepConv, sepConvPlugin, SepConvOptions } from './heads/sepConv.ts';
export { expander, expanderPlugin, ExpanderOptions } from './heads/expander.ts';
export { projector, projectorPlugin, ProjectorOptions } from './heads/projector.ts';
export {
  linear,
  linearPlugin,
  LinearOptions,
  mlp,
  mlpPlugin,
  MlpOptions,
  pool,
  poolPlugin,
} from './heads/dense.ts';

/** Everything that this package teaches a registry. */
export const supervisionPlugins = [
  crossEntropyPlugin,
  mixedCrossEntropyPlugin,
  contrastiveDeepSupervisionPlugin,
  regionContrastPlugin,
  deeplySupervisedNetsPlugin,
  knowledgeSynergyPlugin,
  hierarchicalMimickingPlugin,
  momentumContrastPlugin,
  bootstrapLatentsPlugin,
  simpleSiamesePlugin,
  swappedPredictionPlugin,
  bootstrapDeepSupervisionPlugin,
  tapEntropyPlugin,
  tapSpreadPlugin,
  sepConvPlugin,
  mlpPlugin,
  linearPlugin,
  poolPlugin,
  projectorPlugin,
  expanderPlugin,
] as const;
