import { barlowTwinsPlugin } from './barlowTwins.ts';
import { batchTripletPlugin } from './batchTriplet.ts';
import { binaryCrossEntropyPlugin, focalPlugin } from './binary.ts';
import { blockwiseSupConPlugin } from './blockwise.ts';
import { byolPlugin, simSiamPlugin } from './byol.ts';
import { crossEntropyPlugin, labelSmoothingPlugin } from './crossEntropy.ts';
import { dclPlugin, dclwPlugin } from './dcl.ts';
import { infoNcePlugin } from './infonce.ts';
import { mocoPlugin } from './moco.ts';
import { ntXentPlugin } from './ntxent.ts';
import { supConPlugin } from './supcon.ts';
import { swavPlugin } from './swav.ts';
import { vicRegPlugin } from './vicreg.ts';

export { supCon, supConPlugin, SupConOptions } from './supcon.ts';
export { ntXent, ntXentPlugin, NtXentOptions } from './ntxent.ts';
export { anchorsWithoutPositive } from './anchorsWithoutPositive.ts';
export { blockwiseSupCon, blockwiseSupConPlugin, BlockwiseSupConOptions } from './blockwise.ts';
export { infoNce, infoNcePlugin, InfoNceOptions } from './infonce.ts';
export { dcl, dclw, dclPlugin, dclwPlugin, DclOptions, DclwOptions } from './dcl.ts';
export { mocoInfoNce, mocoPlugin, MocoOptions } from './moco.ts';
export { triplet, TripletOptions, type TripletLoss } from './triplet.ts';
export { batchTriplet, batchTripletPlugin, BatchTripletOptions } from './batchTriplet.ts';
export { byol, byolPlugin, simSiam, simSiamPlugin, byolMomentum, PredictionOptions } from './byol.ts';
export { barlowTwins, barlowTwinsPlugin, BarlowTwinsOptions } from './barlowTwins.ts';
export { vicReg, vicRegPlugin, VicRegOptions } from './vicreg.ts';
export { sinkhorn, SinkhornOptions } from './sinkhorn.ts';
export { swav, swavPlugin, SwavOptions } from './swav.ts';
export {
  crossEntropy,
  crossEntropyPlugin,
  labelSmoothingPlugin,
  softCrossEntropy,
  CrossEntropyOptions,
  LabelSmoothingOptions,
} from './crossEntropy.ts';
export { sigmoidCrossEntropy, sigmoidFocal, FocalOptions } from './sigmoid.ts';
export {
  binaryCrossEntropy,
  binaryCrossEntropyPlugin,
  focal,
  focalPlugin,
  BinaryCrossEntropyOptions,
} from './binary.ts';
export { unitRows } from './unitRows.ts';

/** Every contrastive loss of this package, for a registry. */
export const lossPlugins = [
  supConPlugin,
  ntXentPlugin,
  blockwiseSupConPlugin,
  infoNcePlugin,
  dclPlugin,
  dclwPlugin,
  batchTripletPlugin,
  barlowTwinsPlugin,
  vicRegPlugin,
] as const;

/** Every classification loss of this package, for a registry. */
export const classificationLossPlugins = [
  crossEntropyPlugin,
  labelSmoothingPlugin,
  binaryCrossEntropyPlugin,
  focalPlugin,
] as const;

/** Losses that need more than embeddings of a batch: a queue, a predictor, prototypes. */
export const selfSupervisedLossPlugins = [mocoPlugin, byolPlugin, simSiamPlugin, swavPlugin] as const;
