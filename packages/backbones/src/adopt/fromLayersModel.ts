import {
  fanOutRule,
  initialize,
  unknownName,
  UnderstoryError,
  type Backbone,
  type InitRule,
} from '@understory/core';
import { layers, model as makeModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { channels, connect } from '../parts/connect.ts';
import { seedDropout } from './seedDropout.ts';
import { withoutSoftmax } from './withoutSoftmax.ts';

export interface AdoptOptions {
  /** Layers whose maps [B, h, w, c] objectives may tap, shallow to deep; the last one is what is pooled. */
  readonly taps: readonly string[];
  /** Layer, or number of the model's output, that gives the logits [B, C]; the first output where nothing is said. */
  readonly logits?: string | number;
  /** Layer that gives the pooled feature [B, D]; the model's global pooling, else the mean of the last tap. */
  readonly pooled?: string;
  /** The model's own name where nothing is said. */
  readonly name?: string;
  /** How `initialize` draws weights; by fan-out where nothing is said. The model's weights stay as they are. */
  readonly rule?: InitRule;
}

const layerOf = (model: LayersModel, name: string): layers.Layer => {
  const found = model.layers.find((layer) => layer.name === name);
  if (found) return found;
  const names = model.layers.map((layer) => layer.name);
  throw unknownName(
    `layer of ${model.name}`,
    name,
    names,
    'A model inside of a model is one layer: adopt the inner one.',
  );
};

const outputOf = (layer: layers.Layer): SymbolicTensor => layer.getOutputAt(0) as SymbolicTensor;

const ofRank = (x: SymbolicTensor, rank: number, name: string, what: string): SymbolicTensor => {
  if (x.shape.length === rank) return x;
  const shape = `[${x.shape.map((n) => n ?? 'batch').join(', ')}]`;
  throw new UnderstoryError('bad-layer', `Layer "${name}" gives ${shape}; ${what}. Name another layer.`);
};

const logitsOf = (model: LayersModel, which: string | number): SymbolicTensor => {
  const output = typeof which === 'number' ? model.outputs[which] : outputOf(layerOf(model, which));
  if (output) return withoutSoftmax(ofRank(output, 2, String(which), 'logits are [batch, classes]'));
  const has = `${model.outputs.length} output${model.outputs.length === 1 ? '' : 's'}`;
  throw new UnderstoryError('bad-layer', `${model.name} has ${has}, no output ${which}. Count from 0.`);
};

const pooledOf = (model: LayersModel, last: SymbolicTensor, name: string | undefined): SymbolicTensor => {
  const found =
    name === undefined
      ? model.layers.findLast((layer) => /^Global(Average|Max)Pooling2D$/.test(layer.getClassName()))
      : layerOf(model, name);
  if (found) return ofRank(outputOf(found), 2, found.name, 'a pooled feature is [batch, width]');
  return connect(
    layers.globalAveragePooling2d({ name: 'understory/pool', dataFormat: 'channelsLast' }),
    last,
  );
};

const sizeOf = ({ name, inputs }: LayersModel): readonly [number, number] => {
  const [, height, width] = inputs[0]!.shape;
  if (inputs.length === 1 && inputs[0]!.shape.length === 4 && height && width) return [height, width];
  const cure = 'Build or convert it with a fixed input shape such as [32, 32, 3].';
  throw new UnderstoryError('bad-input', `${name} must have one input of images with a known size. ${cure}`);
};

/**
 * Makes a backbone of any functional or sequential tfjs model, one converted from Keras too: name the layers to tap.
 * Weights are shared with the model, but for a last dense layer with softmax, which is copied without it: losses want
 * logits. A model that ends in its pooled feature becomes a backbone without a classifier, for tasks with outputs of
 * their own; where that feature is the logits (networks of convolutions alone), name it under `logits`. Its standard dropout layers draw from the step's seed from then on.
 * @throws UnderstoryError `unknown-name`, `bad-layer`, `bad-input`
 */
export const fromLayersModel = (model: LayersModel, options: AdoptOptions): Backbone => {
  const { taps, logits = 0, pooled, name = model.name, rule = fanOutRule } = options;
  const size = sizeOf(model);
  if (taps.length === 0)
    throw new UnderstoryError('bad-layer', `Name at least one layer of ${model.name} to tap.`);
  const maps = taps.map((tap) =>
    ofRank(outputOf(layerOf(model, tap)), 4, tap, 'a tap is a map [batch, h, w, c]'),
  );
  const feature = pooledOf(model, maps.at(-1)!, pooled);
  const classified = logitsOf(model, logits);
  // A model that ends in its pooled feature has no classifier, unless `logits` says that these are it.
  const isFeature = options.logits === undefined && classified.sourceLayer === feature.sourceLayer;
  const own = isFeature ? [] : [classified];
  const outputs = [...maps, feature, ...own];
  const adopted = makeModel({ name, inputs: model.inputs, outputs });
  seedDropout(adopted);
  return {
    name,
    model: adopted,
    taps: maps.map((map, i) => ({
      name: taps[i]!,
      channels: channels(map),
      stride: Math.round(size[0] / map.shape[1]!),
    })),
    features: channels(feature),
    classes: own.length > 0 ? channels(classified) : 0,
    initialize: (made, seed) => initialize(made, seed, rule),
  };
};
