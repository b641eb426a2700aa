import { tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NdArrays } from '@understory/core';
import { OWN_NAMES, type NameTable } from '../names/nameTable.ts';
import { fromLayout, toLayout, type MatchOptions } from './match.ts';
import { slotsOf } from './slots.ts';

/**
 * Gives a model the weights of a file, in place: names through the table, layouts from PyTorch's to TensorFlow's. All
 * fit, or none is changed. Errors: `weights-mismatch`, which lists what is missing, unexpected or of another shape.
 */
export const toModel = (
  weights: NdArrays,
  model: LayersModel,
  names: NameTable = OWN_NAMES,
  options: MatchOptions = {},
): void => {
  const slots = slotsOf(model);
  const arrays = toLayout(weights, slots, names, options);
  for (const { name, weight } of slots) {
    const array = arrays[name];
    if (!array) continue;
    const value = tensor(Float32Array.from(array.data), [...array.shape], 'float32');
    weight.write(value);
    value.dispose();
  }
};

/** The weights of a model as another code names and lays them out, ready for `writeWeights`. Errors: `weights-mismatch`. */
export const fromModel = async (model: LayersModel, names: NameTable = OWN_NAMES): Promise<NdArrays> => {
  const slots = slotsOf(model);
  const values = await Promise.all(slots.map(({ weight }) => weight.read().data<'float32'>()));
  const arrays = slots.map(
    ({ name, shape }, i) => [name, { dtype: 'float32', shape, data: values[i]! }] as const,
  );
  return fromLayout(Object.fromEntries(arrays), slots, names);
};
