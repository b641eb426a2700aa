import { accuracyPlugin } from './accuracy.ts';
import { calibrationPlugin } from './calibration.ts';

export { accuracy, accuracyPlugin, AccuracyOptions } from './accuracy.ts';
export {
  calibration,
  calibrationPlugin,
  CalibrationOptions,
  reliability,
  type ReliabilityBin,
} from './calibration.ts';

/** Every metric of this package, for a registry. */
export const metricPlugins = [accuracyPlugin, calibrationPlugin] as const;
