export { supCon, type SupConOptions } from './supcon.ts';
export { ntXent, type NtXentOptions } from './ntxent.ts';
export { anchorsWithoutPositive } from './anchorsWithoutPositive.ts';
export { blockwiseSupCon, type BlockwiseSupConOptions } from './blockwise.ts';
export { infoNce, type InfoNceOptions } from './infonce.ts';
export { dcl, dclw, type DclOptions, type DclwOptions } from './dcl.ts';
export { mocoInfoNce, type MocoOptions } from './moco.ts';
export { triplet, type TripletOptions, type TripletLoss } from './triplet.ts';
export { batchTriplet, type BatchTripletOptions } from './batchTriplet.ts';
export { byol, simSiam, byolMomentum } from './byol.ts';
export { barlowTwins, type BarlowTwinsOptions } from './barlowTwins.ts';
export { vicReg, type VicRegOptions } from './vicreg.ts';
export { sinkhorn, type SinkhornOptions } from './sinkhorn.ts';
export { swav, type SwavOptions } from './swav.ts';
export {
  crossEntropy,
  softCrossEntropy,
  type CrossEntropyOptions,
  type LabelSmoothingOptions,
} from './crossEntropy.ts';
export { sigmoidCrossEntropy, sigmoidFocal, type FocalOptions } from './sigmoid.ts';
export { binaryCrossEntropy, focal, type BinaryCrossEntropyOptions } from './binary.ts';
export { unitRows } from './unitRows.ts';
