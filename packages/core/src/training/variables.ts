import { add, tidy, variable, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError } from '../errors.ts';
import { moveAverage } from '../ops/movingAverage.ts';
import { variablesOf } from './network.ts';

/** A variable that is not trained, of a value that nobody needs afterwards. */
export const stateVariable = (value: Tensor): Variable => {
  const made = variable(value, false);
  value.dispose();
  return made;
};

export type VariablePair = readonly [now: Variable, average: Variable];

/** The weights of two models of one architecture, in pairs; `trainable` chooses one kind. Throws where they differ. */
export const pairVariables = (
  model: LayersModel,
  average: LayersModel,
  trainable?: boolean,
): readonly VariablePair[] => {
  const averages = variablesOf(average, '', trainable);
  return Object.entries(variablesOf(model, '', trainable)).map(([name, now]) => {
    const found = averages[name];
    if (found) return [now, found];
    const what = `The average of "${model.name}" has no weight "${name.slice(1)}".`;
    throw new UnderstoryError('models-differ', `${what} Build both models in one way, with the same names.`);
  });
};

/** average ← share · average + (1 − share) · now, of each pair; `share` []. */
export const moveAverages = (pairs: readonly VariablePair[], share: Scalar): void =>
  tidy(() => {
    for (const [now, average] of pairs) average.assign(moveAverage<Tensor>(average, now, share));
  });

/** average ← now, of each pair. */
export const copyToAverages = (pairs: readonly VariablePair[]): void =>
  tidy(() => {
    for (const [now, average] of pairs) average.assign(add(now as Tensor, 0));
  });
