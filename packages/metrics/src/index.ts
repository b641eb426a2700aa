import { accuracyPlugin } from './accuracy.ts';
import { calibrationPlugin } from './calibration.ts';
import { cocoApPlugin } from './detection/index.ts';
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
export {
  boxIou,
  COCO_IOUS,
  COCO_SIZES,
  cocoAp,
  CocoApOptions,
  cocoApPlugin,
  cocoEvaluation,
  readImageBoxes,
  type BoxEdges,
  type CocoEvaluation,
  type CocoNumbers,
  type CocoSize,
  type FoundBox,
  type ImageBoxes,
  type PrecisionPoint,
  type TrueBox,
} from './detection/index.ts';

/** Every metric of this package, for a registry. */
export const metricPlugins = [accuracyPlugin, calibrationPlugin, nllPlugin, cocoApPlugin] as const;
