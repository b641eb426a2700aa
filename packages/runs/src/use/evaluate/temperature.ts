import { measure, UnderstoryError, type Predictions, type Samples } from '@understory/core';
import {
  calibrationNumbers,
  fitTemperature,
  type CalibrationNumbers,
  type Temperature,
} from '@understory/metrics';
import { takePredictions } from './classCounts.ts';
import { batchesOf, type Measured } from './measured.ts';

/** How good probabilities are, as the network gives them and with its logits divided by a temperature. */
export interface TemperatureResult extends Temperature {
  /** Validation images that it was fitted to. */
  readonly fitted: number;
  readonly before: CalibrationNumbers;
  readonly after: CalibrationNumbers;
}

/** What a network says of samples, in a pass of its own. */
const predictionsOf = async (measured: Measured, samples: Samples, what: string): Promise<Predictions> => {
  const { step, batch, dataset } = measured;
  const { metric, result } = takePredictions(dataset.classes.length, samples.length);
  await measure(step, samples, [metric], { batch, classes: dataset.classes, ...batchesOf(measured, what) });
  return result();
};

/** Throws `empty-split` where there is nothing to fit a temperature to. */
export const mustHaveValidation = ({ dataset }: Pick<Measured, 'dataset'>, option: string): void => {
  if (dataset.validation.length > 0) return;
  throw new UnderstoryError(
    'empty-split',
    `A temperature is fitted on validation images, and ${dataset.name} has none. Give its config a validation split, or leave ${option} out.`,
  );
};

/** Fits a temperature on validation and measures the split before and after it. Errors: `not-finite`, which names the image. */
export const calibrated = async (
  measured: Measured,
  predictions: Predictions,
): Promise<TemperatureResult> => {
  const { dataset, split, say } = measured;
  if (split === 'validation')
    say('The temperature is fitted to the images that it is measured on, so what is after it is too good.');
  const fitted =
    split === 'validation'
      ? predictions
      : await predictionsOf(measured, dataset.validation, 'validation images');
  const found = fitTemperature(fitted);
  return {
    ...found,
    fitted: fitted.labels.length,
    before: calibrationNumbers(predictions),
    after: calibrationNumbers(predictions, { temperature: found.temperature }),
  };
};
