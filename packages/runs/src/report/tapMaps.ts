import {
  byName,
  rowsInOrder,
  stackRows,
  type InferredBatch,
  type NdArray,
  type Network,
} from '@understory/core';

/** Takes what each tap made of images, batch by batch. */
export interface TapMaps {
  add(seen: InferredBatch): void;
  /** [n, d] of each tap by its name, shallow to deep, in the order of the positions that were asked for. */
  end(): ReadonlyMap<string, NdArray>;
}

export const tapMaps = ({ backbone }: Pick<Network, 'backbone'>): TapMaps => {
  const taps = backbone.taps.map(({ name }) => ({ name, parts: [] as NdArray[] }));
  const places: number[] = [];
  return {
    add({ outputs, places: at }) {
      for (const { name, parts } of taps) parts.push(byName(outputs, `tap/${name}`));
      places.push(...at);
    },
    end: () => new Map(taps.map(({ name, parts }) => [name, rowsInOrder(stackRows(parts), places)])),
  };
};
