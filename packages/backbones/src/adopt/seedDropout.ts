import type { Tensor } from '@tensorflow/tfjs-core';
import { dropout, type CallArgs } from '@understory/core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

type Call = layers.Layer['call'];

const standard = (layer: layers.Layer): boolean => layer.getClassName() === 'Dropout' && 'rate' in layer;

/** Lets tfjs's own dropout layers draw from the step's seed, as ours do: a compiled step has no other randomness. */
export const seedDropout = (model: LayersModel): void => {
  for (const layer of model.layers) {
    if ('layers' in layer) seedDropout(layer as LayersModel);
    if (!standard(layer) || (layer as { noiseShape?: unknown }).noiseShape) continue;
    const seeded = dropout({ name: layer.name, rate: Number((layer as { rate?: number }).rate) });
    const call: Call = (inputs, args) => seeded.call(inputs, args as CallArgs & typeof args) as Tensor;
    layer.call = call;
  }
};
