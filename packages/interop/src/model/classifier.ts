import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NdArrays } from '@understory/core';
import { OWN_NAMES, type NameTable } from '../names/nameTable.ts';
import { pairsOf } from './pairs.ts';
import { prefixOf } from './prefix.ts';
import { slotsOf } from './slots.ts';

/** Name of the layer that gives a backbone's logits, its last output. */
export const classifierOf = (model: LayersModel): string => model.outputs.at(-1)!.sourceLayer.name;

/**
 * How many classes the network had whose weights a file holds, by the classifier's bias or else its kernel; undefined
 * where its classifier is not there.
 */
export const classesIn = (
  file: NdArrays,
  model: LayersModel,
  names: NameTable,
  prefix?: string,
): number | undefined => {
  const pairs = pairsOf(slotsOf(model), names);
  const expected = pairs.map(({ place }) => place.name);
  const before = prefix ?? prefixOf(Object.keys(file), expected);
  const shapeOf = (role: string): readonly number[] | undefined => {
    const place = pairs.find(({ slot }) => slot.name === `${classifierOf(model)}/${role}`)?.place.name;
    const name = before + (place ?? '');
    return place !== undefined && Object.hasOwn(file, name) ? file[name]!.shape : undefined;
  };
  return shapeOf('bias')?.[0] ?? shapeOf('kernel')?.at(names === OWN_NAMES ? -1 : 0);
};
