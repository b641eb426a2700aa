import { accuracyPlugin } from './accuracy.ts';
import { calibrationPlugin } from './calibration.ts';
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

/** Every metric of this package, for a registry. */
export const metricPlugins = [accuracyPlugin, calibrationPlugin, nllPlugin] as const;
