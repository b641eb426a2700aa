import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NdArrays } from '@understory/core';
import type { NameTable } from '../names/nameTable.ts';
import { pairsOf } from './match.ts';
import { prefixOf } from './prefix.ts';
import { slotsOf } from './slots.ts';

/** Name of the layer that gives a backbone's logits, its last output. */
export const classifierOf = (model: LayersModel): string => model.outputs.at(-1)!.sourceLayer.name;

/** How many classes the network had whose weights a file holds; undefined where its classifier is not there. */
export const classesIn = (
  file: NdArrays,
  model: LayersModel,
  names: NameTable,
  prefix?: string,
): number | undefined => {
  const pairs = pairsOf(slotsOf(model), names);
  const expected = pairs.map(({ place }) => place.name);
  const before = prefix ?? prefixOf(Object.keys(file), expected);
  const bias = pairs.find(({ slot }) => slot.name === `${classifierOf(model)}/bias`);
  return bias && Object.hasOwn(file, before + bias.place.name)
    ? file[before + bias.place.name]!.shape[0]
    : undefined;
};
