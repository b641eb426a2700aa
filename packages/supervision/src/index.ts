import { contrastiveDeepSupervisionPlugin } from './contrastiveDeepSupervision.ts';
import { crossEntropyPlugin } from './crossEntropy.ts';
import { deeplySupervisedNetsPlugin } from './deeplySupervisedNets.ts';
import { hierarchicalMimickingPlugin } from './hierarchicalMimicking.ts';
import { linearPlugin, mlpPlugin, poolPlugin } from './heads/dense.ts';
import { projectorPlugin } from './heads/projector.ts';
import { sepConvPlugin } from './heads/sepConv.ts';
import { momentumContrastPlugin } from './selfSupervised/momentumContrast.ts';
import { bootstrapLatentsPlugin, simpleSiamesePlugin } from './selfSupervised/prediction.ts';
import { swappedPredictionPlugin } from './selfSupervised/swappedPrediction.ts';
import { mixedCrossEntropyPlugin } from './mixedCrossEntropy.ts';
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
  swappedPrediction,
  swappedPredictionPlugin,
  SwappedPredictionOptions,
} from './selfSupervised/swappedPrediction.ts';
export { regionContrast, regionContrastPlugin, RegionContrastOptions } from './regionContrast.ts';
export { mimicTerms, smoothKl } from './mimicry/mimicTerms.ts';
export { defaultBranches } from './mimicry/layout.ts';
export { sepConv, sepConvPlugin, SepConvOptions } from './heads/sepConv.ts';
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
  sepConvPlugin,
  mlpPlugin,
  linearPlugin,
  poolPlugin,
  projectorPlugin,
] as const;
