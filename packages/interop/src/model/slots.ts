import type { LayersModel } from '@tensorflow/tfjs-layers';

export type LayerWeight = LayersModel['weights'][number];

/** A weight of a model: what `toLayout` and `fromLayout` need to know of it. */
export interface Slot {
  /** `stage1/block0/conv1/kernel` */
  readonly name: string;
  readonly shape: readonly number[];
  /** Groups of a grouped convolution, whose kernel [k, k, in, out / groups] does not show them. */
  readonly groups?: number;
}

export interface ModelSlot extends Slot {
  readonly weight: LayerWeight;
}

/** Groups that a layer tells of itself: layers that stand for a grouped convolution have a number so named. */
const groupsOf = (layer: object): number | undefined => {
  const { groups } = layer as { groups?: unknown };
  return typeof groups === 'number' ? groups : undefined;
};

/** All weights of a model, by name. */
export const slotsOf = (model: LayersModel): ModelSlot[] => {
  const groups = new Map<string, number>();
  for (const layer of model.layers) {
    const count = groupsOf(layer);
    if (count !== undefined) for (const { originalName } of layer.weights) groups.set(originalName, count);
  }
  return model.weights.map((weight) => {
    const count = groups.get(weight.originalName);
    const slot = { name: weight.originalName, shape: weight.shape as number[], weight };
    return count === undefined ? slot : { ...slot, groups: count };
  });
};
