import type { Predictions } from '@understory/core';
import {
  exitAccuracy,
  exitCurve,
  exitOutcome,
  expectedCalibrationError,
  meanNll,
  reliability,
  type CurvePoint,
  type ExitOutcome,
} from '@understory/metrics';
import type { Measured } from '../evaluate/measured.ts';
import { calibratedExits, saidAtExits, type FittedExit, type FittedExits } from './fitExits.ts';

/** How good an exit's probabilities are: nats, and a fraction over 15 bins. */
interface Fit {
  readonly nll: number;
  readonly ece: number;
}

/** What an exit is worth if every image left there. */
export interface ExitResult extends Omit<FittedExit, 'modules'> {
  readonly accuracy: number;
  /** Before and after logits are divided by the temperature. */
  readonly before: Fit;
  readonly after: Fit;
}

/** What leaving a network early costs and spares, on a split. */
export interface ExitsResult extends Pick<FittedExits, 'whole' | 'fitted' | 'learned'> {
  /** Shallow to deep; the network's end is the last one. */
  readonly exits: readonly ExitResult[];
  /** Of all exits, chosen on validation; Infinity where none pays there. */
  readonly threshold: number;
  readonly chosen: ExitOutcome;
  readonly onValidation: ExitOutcome;
  /** By thresholds that no image chose. */
  readonly curve: readonly CurvePoint[];
}

const fitOf = (predictions: Predictions, temperature: number): Fit => ({
  nll: meanNll(predictions, temperature),
  ece: expectedCalibrationError(reliability(predictions, 15, temperature)),
});

const resultOf = (
  { name, from, multiplyAdds, temperature, bound, steps }: FittedExit,
  said: Predictions,
  accuracy: number,
): ExitResult => ({
  ...{ name, from, multiplyAdds, accuracy },
  ...{ temperature, steps, ...(bound && { bound }) },
  before: fitOf(said, 1),
  after: fitOf(said, temperature),
});

const sayTooGood = ({ split, say }: Measured, { learned }: FittedExits): void => {
  if (split === 'validation')
    say(
      'Temperatures and the threshold are fitted to the images that exits are measured on, so they seem too good.',
    );
  if (split === 'train' && learned > 0)
    say('Classifiers of exits are fitted to the images that they are measured on, so they seem too good.');
};

/** Measures the split at each exit, and as images leave by them. Errors: `not-finite`, which names the image. */
export const measureExits = async (measured: Measured, fit: FittedExits): Promise<ExitsResult> => {
  const { dataset, split } = measured;
  sayTooGood(measured, fit);
  const said = await saidAtExits(measured, fit, dataset[split], `${split} images at exits`);
  const all = calibratedExits(said, fit.exits);
  const { threshold, ...onValidation } = fit.chosen;
  return {
    ...{ whole: fit.whole, fitted: fit.fitted, learned: fit.learned },
    exits: fit.exits.map((exit, e) => resultOf(exit, said[e]!, exitAccuracy(all[e]!))),
    ...{ threshold, onValidation },
    chosen: exitOutcome(
      all,
      all.slice(1).map(() => threshold),
    ),
    curve: exitCurve(all),
  };
};
