import { dropout } from '@understory/core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

const standard = (layer: layers.Layer): boolean => layer.getClassName() === 'Dropout' && 'rate' in layer;

/** Lets tfjs's own dropout layers draw from the step's seed, as ours do: a compiled step has no other randomness. */
export const seedDropout = (model: LayersModel): void => {
  for (const layer of model.layers) {
    if ('layers' in layer) seedDropout(layer as LayersModel);
    if (!standard(layer) || (layer as { noiseShape?: unknown }).noiseShape) continue;
    const seeded = dropout({ name: layer.name, rate: Number((layer as { rate?: number }).rate) });
    layer.call = (inputs, args) => seeded.call(inputs, args);
  }
};
