import {
  expectedCalibrationError,
  METRIC,
  plugin,
  reliabilityBins,
  type Metric,
  type Predicted,
} from '@understory/core';
import { z } from 'zod';
import { equalMassBins, maximumCalibrationError } from './bins.ts';
import { confidences } from './reliability.ts';
import { classPredictions, OF_CLASSES } from '../samples.ts';

export const CalibrationOptions = z.strictObject({
  bins: z.int().positive().default(15).describe('bins of equal width between confidence 0 and 1'),
  also: z
    .array(z.int().positive())
    .default([])
    .describe('further numbers of bins, each reported as `ece<bins>`; the diagrams in the paper have 5'),
  maximum: z.boolean().default(false).describe('report the largest gap of any bin too, as `mce`'),
  mass: z
    .boolean()
    .default(false)
    .describe(
      'report errors over bins of as many samples each too, as `massEce`, and `massMce` with maximum',
    ),
});
export type CalibrationOptions = z.input<typeof CalibrationOptions>;

const joined = (parts: readonly Predicted[]): Predicted => ({
  labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels])),
  predicted: Int32Array.from(parts.flatMap(({ predicted }) => [...predicted])),
  confidence: Float64Array.from(parts.flatMap(({ confidence }) => [...confidence])),
});

const massNumbers = (all: Predicted, bins: number, maximum: boolean): Record<string, number> => {
  const filled = equalMassBins(all, bins);
  return {
    massEce: expectedCalibrationError(filled),
    ...(maximum && { massMce: maximumCalibrationError(filled) }),
  };
};

/** Expected calibration error `ece`: how far confidence is from accuracy; `mce`, other bins and their numbers by option. */
export const calibration = (options: CalibrationOptions = {}): Metric => {
  const { bins, also, maximum, mass } = CalibrationOptions.parse(options);
  return {
    name: 'calibration',
    goal: 'min',
    ...OF_CLASSES,
    begin() {
      const kept: Predicted[] = []; // three numbers a sample
      return {
        add: (batch) => void kept.push(confidences(classPredictions(batch))),
        end() {
          const all = joined(kept);
          const main = reliabilityBins(all, bins);
          const coarse = also.map(
            (n) => [`ece${n}`, expectedCalibrationError(reliabilityBins(all, n))] as const,
          );
          return {
            ece: expectedCalibrationError(main),
            ...(maximum && { mce: maximumCalibrationError(main) }),
            ...Object.fromEntries(coarse),
            ...(mass && massNumbers(all, bins, maximum)),
          };
        },
      };
    },
  };
};

export const calibrationPlugin = plugin({
  token: METRIC,
  name: 'calibration',
  summary: 'How far confidence is from accuracy: expected calibration error',
  when: 'You use the probabilities and not the class alone.',
  source: 'Guo et al. 2017, expected calibration error',
  options: CalibrationOptions,
  create: calibration,
});
