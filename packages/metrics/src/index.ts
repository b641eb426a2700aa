import { accuracyPlugin } from './accuracy.ts';
import { calibrationPlugin } from './calibration.ts';
import { cocoApPlugin, vocApPlugin } from './detection/index.ts';
import { nllPlugin } from './negativeLogLikelihood.ts';

export { accuracy, accuracyPlugin, AccuracyOptions } from './accuracy.ts';
export {
  calibration,
  calibrationPlugin,
  CalibrationOptions,
  maximumCalibrationError,
} from './calibration.ts';
export { reliability } from './reliability.ts';
export { expectedCalibrationError, type ReliabilityBin } from '@understory/core';
export { negativeLogLikelihood, nllPlugin, NegativeLogLikelihoodOptions } from './negativeLogLikelihood.ts';
export { confusionMatrix } from './confusionMatrix.ts';
export { holm, pairedDifference, power, seedsNeeded, type PairedDifference } from './seeds.ts';
export {
  boxIou,
  COCO_IOUS,
  COCO_SIZES,
  cocoAp,
  CocoApOptions,
  cocoApPlugin,
  cocoEvaluation,
  detectionErrors,
  readImageBoxes,
  vocAp,
  VocApOptions,
  vocApPlugin,
  vocEvaluation,
  type BoxEdges,
  type CocoEvaluation,
  type CocoNumbers,
  type CocoSize,
  type DetectionErrors,
  type ErrorCounts,
  type ErrorOptions,
  type FateOf,
  type FoundBox,
  type FoundFate,
  type FoundFault,
  type ImageBoxes,
  type ImageFates,
  type PrecisionPoint,
  type TrueBox,
  type TruthFate,
  type VocClass,
  type VocEvaluation,
  type VocOptions,
} from './detection/index.ts';

/** Every metric of this package, for a registry. */
export const metricPlugins = [
  accuracyPlugin,
  calibrationPlugin,
  nllPlugin,
  cocoApPlugin,
  vocApPlugin,
] as const;
