import { contrastiveDeepSupervisionPlugin } from './contrastiveDeepSupervision.ts';
import { crossEntropyPlugin } from './crossEntropy.ts';
import { deeplySupervisedNetsPlugin } from './deeplySupervisedNets.ts';
import { linearPlugin, mlpPlugin, poolPlugin } from './heads/dense.ts';
import { sepConvPlugin } from './heads/sepConv.ts';

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
  sepConvPlugin,
  mlpPlugin,
  linearPlugin,
  poolPlugin,
] as const;
