import { tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NdArrays } from '@understory/core';
import { OWN_NAMES, type NameTable } from '../names/nameTable.ts';
import { requireFinite } from './finite.ts';
import { fromLayout, matchFile, type Match, type MatchOptions } from './match.ts';
import { slotsOf, type ModelSlot } from './slots.ts';

/**
 * Gives weights that lie in one model or several the values of a file, in place: names through the table, layouts from
 * PyTorch's to TensorFlow's. All fit, or none is changed. Errors: as those of `toModel`.
 */
export const putWeights = (
  weights: NdArrays,
  slots: readonly ModelSlot[],
  names: NameTable,
  options: MatchOptions = {},
): Match => {
  const match = matchFile(weights, slots, names, options);
  requireFinite(match.arrays, match.places);
  for (const { name, weight } of slots) {
    const array = match.arrays[name];
    if (!array) continue;
    const value = tensor(Float32Array.from(array.data), [...array.shape], 'float32');
    weight.write(value);
    value.dispose();
  }
  return match;
};

/**
 * Gives a model the weights of a file, in place: names through the table, layouts from PyTorch's to TensorFlow's. All
 * fit, or none is changed. Gives what was matched, and `rest`: the file's names of which nothing was taken.
 * Errors: `weights-mismatch`, which counts what is missing, unexpected or of another shape; `bad-weights` for NaN.
 */
export const toModel = (
  weights: NdArrays,
  model: LayersModel,
  names: NameTable = OWN_NAMES,
  options: MatchOptions = {},
): Match => putWeights(weights, slotsOf(model), names, options);

/** The values of weights as another code names and lays them out, ready for `writeWeights`. Errors: `weights-mismatch`. */
export const takeWeights = async (slots: readonly ModelSlot[], names: NameTable): Promise<NdArrays> => {
  const values = await Promise.all(slots.map(({ weight }) => weight.read().data<'float32'>()));
  const arrays = slots.map(
    ({ name, shape }, i) => [name, { dtype: 'float32', shape, data: values[i]! }] as const,
  );
  return fromLayout(Object.fromEntries(arrays), slots, names);
};

/** The weights of a model as another code names and lays them out, ready for `writeWeights`. Errors: `weights-mismatch`. */
export const fromModel = (model: LayersModel, names: NameTable = OWN_NAMES): Promise<NdArrays> =>
  takeWeights(slotsOf(model), names);
