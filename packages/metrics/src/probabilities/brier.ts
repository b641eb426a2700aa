import { logSumExp, METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { classPredictions, finiteSamplesOf, OF_CLASSES, type Sample } from '../samples.ts';

export const BrierOptions = z.strictObject({});
export type BrierOptions = z.input<typeof BrierOptions>;

const squaresOf = ({ logits, label }: Sample): number => {
  const whole = logSumExp(logits);
  let sum = 0;
  for (let c = 0; c < logits.length; c++)
    sum += (Math.exp((logits[c] ?? NaN) - whole) - (c === label ? 1 : 0)) ** 2;
  return sum;
};

/**
 * Mean over samples of Σ_c (p_c − 1[c = class])², `brier`, from 0 to 2: of two classes twice what scikit-learn says. NaN of no
 * samples.
 */
export const brier = (options: BrierOptions = {}): Metric => {
  BrierOptions.parse(options);
  return {
    name: 'brier',
    goal: 'min',
    units: { brier: 'of 2' },
    ...OF_CLASSES,
    begin() {
      let [sum, all] = [0, 0];
      return {
        add(batch) {
          for (const sample of finiteSamplesOf(classPredictions(batch), all)) {
            sum += squaresOf(sample);
            all += 1;
          }
        },
        end: () => ({ brier: sum / all }),
      };
    },
  };
};

export const brierPlugin = plugin({
  token: METRIC,
  name: 'brier',
  summary: 'Mean squared error of the probabilities of all classes, from 0 to 2',
  when: 'You compare probabilities, and one sure mistake shall not outweigh all others, as in nll.',
  source: 'Brier 1950',
  options: BrierOptions,
  create: brier,
});
