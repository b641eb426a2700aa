import {
  initializers,
  input,
  layers,
  model,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { seedOf, type Backbone, type ExportedExits } from '@understory/core';
import { linear, sepConv } from '@understory/supervision';

/** The same weights in every process. */
const kernelInitializer = initializers.glorotNormal({ seed: 5 });

const denseOn = (name: string, from: number, classes: number): LayersModel => {
  const x = input({ shape: [from], name: `${name}/probe/input` });
  const dense = layers.dense({ name: `${name}/probe`, units: classes, kernelInitializer });
  return model({ name: `${name}/probe/model`, inputs: x, outputs: dense.apply(x) as SymbolicTensor });
};

/** A score of a tap: a number that depends on its map. */
const insideOn = (name: string, backbone: Backbone, tap: number): LayersModel => {
  const [, ...shape] = backbone.model.outputs[tap]!.shape as [null, number, number, number];
  const x = input({ shape, name: `${name}/inside/input` });
  const pool = layers.globalAveragePooling2d({ name: `${name}/inside/mean` });
  const dense = layers.dense({ name: `${name}/inside/score`, units: 1, kernelInitializer });
  const score = dense.apply(pool.apply(x)) as SymbolicTensor;
  return model({ name: `${name}/inside`, inputs: x, outputs: score });
};

/** Exits of a backbone: a head of the released code at the first tap, linear ones at the others. */
export const exitsOf = (backbone: Backbone): ExportedExits => ({
  early: backbone.taps.slice(0, -1).map((tap, i) => {
    const [, h, w, c] = backbone.model.outputs[i]!.shape as [null, number, number, number];
    const towards = backbone.taps.slice(i);
    const request = { name: tap.name, towards, shape: [h, w, c] as const, features: backbone.features };
    const head = (i === 0 ? sepConv() : linear({ width: 6 }))({ ...request, seed: seedOf(i) });
    const classifier = [head, denseOn(tap.name, head.outputs[0]!.shape[1]!, backbone.classes)];
    const inside = insideOn(tap.name, backbone, i);
    const at = { temperature: 1.5 + i, threshold: 0.21, multiplyAdds: 100 * (i + 1) };
    return { name: tap.name, classifier, inside, ...at };
  }),
  end: {
    ...{ name: 'end', classifier: [], temperature: 0.5, threshold: 0, multiplyAdds: 900 },
    inside: insideOn('end', backbone, backbone.taps.length - 1),
  },
  insideFrom: -0.7,
});
