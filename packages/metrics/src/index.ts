import { accuracyPlugin } from './classes/accuracy.ts';
import { classificationMetricPlugin } from './classes/classification.ts';
import { cocoApPlugin, vocApPlugin } from './detection/index.ts';
import { multiLabelPlugin } from './labels/multiLabel.ts';
import { segmentationPlugin } from './pixels/segmentation.ts';
import { brierPlugin } from './probabilities/brier.ts';
import { calibrationPlugin } from './probabilities/calibration.ts';
import { nllPlugin } from './probabilities/negativeLogLikelihood.ts';

export { accuracy, accuracyPlugin, AccuracyOptions } from './classes/accuracy.ts';
export {
  classification,
  classificationMetricPlugin,
  ClassificationMetricOptions,
} from './classes/classification.ts';
export {
  classificationNumbers,
  type ClassificationNumbers,
  type ClassNumbers,
} from './classes/classNumbers.ts';
export { confusionMatrix } from './classes/confusionMatrix.ts';
export { type Mean } from './means.ts';
export { brier, BrierOptions, brierPlugin } from './probabilities/brier.ts';
export { equalMassBins, maximumCalibrationError } from './probabilities/bins.ts';
export { calibration, calibrationPlugin, CalibrationOptions } from './probabilities/calibration.ts';
export {
  calibrationNumbers,
  type CalibrationNumbers,
  type CalibrationNumbersOptions,
} from './probabilities/calibrationNumbers.ts';
export {
  negativeLogLikelihood,
  nllPlugin,
  NegativeLogLikelihoodOptions,
} from './probabilities/negativeLogLikelihood.ts';
export { confidences, reliability } from './probabilities/reliability.ts';
export { exitAccuracy, exitOutcome, leaveAt, type Exit, type ExitOutcome } from './exits/exits.ts';
export { meanConfidence, type CalibratedLogits } from './exits/meanConfidence.ts';
export {
  chooseThreshold,
  CURVE,
  exitCurve,
  thresholdsOfShares,
  type CurvePoint,
} from './exits/thresholds.ts';
export { fitTemperature, meanNll, type Temperature } from './probabilities/temperature.ts';
export { expectedCalibrationError, type ReliabilityBin } from '@understory/core';
export { normalCdf } from './normalCdf.ts';
export { holm, pairedDifference, power, seedsNeeded, type PairedDifference } from './seeds.ts';
export { averagePrecision } from './labels/averagePrecision.ts';
export {
  labelNumbers,
  type LabelNumbers,
  type LabelPredictions,
  type LabelRow,
} from './labels/labelNumbers.ts';
export { multiLabel, MultiLabelMetricOptions, multiLabelPlugin } from './labels/multiLabel.ts';
export {
  addPixels,
  noPixels,
  pixelNumbers,
  type PixelCounts,
  type PixelNumbers,
} from './pixels/pixelNumbers.ts';
export { segmentation, SegmentationMetricOptions, segmentationPlugin } from './pixels/segmentation.ts';
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
  classificationMetricPlugin,
  calibrationPlugin,
  nllPlugin,
  brierPlugin,
  multiLabelPlugin,
  segmentationPlugin,
  cocoApPlugin,
  vocApPlugin,
] as const;
