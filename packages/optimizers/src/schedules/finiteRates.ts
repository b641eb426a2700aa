import { UnderstoryError, type Plan, type Schedule } from '@understory/core';

/** A schedule of falls by a factor, whose rates are numbers. Throws `rate` where a factor above 1 takes them beyond all. */
export const finiteRates = (name: string, at: Schedule, { epochs, stepsPerEpoch }: Plan): Schedule => {
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = at((epoch + 1) * stepsPerEpoch - 1);
    if (Number.isFinite(Math.fround(rate))) continue; // a step takes it as float32
    const when = `the rate of epoch ${epoch}, counted from 0, is ${rate}.`;
    throw new UnderstoryError(
      'rate',
      `schedule "${name}": ${when} Set "factor", by which it is multiplied at each fall, to less than 1.`,
    );
  }
  return at;
};
