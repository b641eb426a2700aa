import { contrastiveDeepSupervisionPlugin } from './contrastiveDeepSupervision.ts';
import { crossEntropyPlugin } from './crossEntropy.ts';
import { deeplySupervisedNetsPlugin } from './deeplySupervisedNets.ts';
import { hierarchicalMimickingPlugin } from './hierarchicalMimicking.ts';
import { linearPlugin, mlpPlugin, poolPlugin } from './heads/dense.ts';
import { sepConvPlugin } from './heads/sepConv.ts';
import { knowledgeSynergyPlugin } from './knowledgeSynergy.ts';

export { crossEntropy, crossEntropyPlugin, CrossEntropyOptions } from './crossEntropy.ts';
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
export { mimicTerms, smoothKl } from './mimicry/mimicTerms.ts';
export { defaultBranches } from './mimicry/layout.ts';
export { sepConv, sepConvPlugin, SepConvOptions } from './heads/sepConv.ts';
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
  contrastiveDeepSupervisionPlugin,
  deeplySupervisedNetsPlugin,
  knowledgeSynergyPlugin,
  hierarchicalMimickingPlugin,
  sepConvPlugin,
  mlpPlugin,
  linearPlugin,
  poolPlugin,
] as const;
