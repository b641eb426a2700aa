import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect } from '../parts/connect.ts';

const activationOf = (layer: layers.Layer): unknown => layer.getConfig()['activation'];

const isSoftmaxLayer = (layer: layers.Layer): boolean =>
  layer.getClassName() === 'Softmax' ||
  (layer.getClassName() === 'Activation' && activationOf(layer) === 'softmax');

/** The numbers in front of a softmax that ends a classifier; others as they are. */
export const withoutSoftmax = (logits: SymbolicTensor): SymbolicTensor => {
  const { sourceLayer: layer } = logits;
  const input = logits.inputs[0]!;
  if (isSoftmaxLayer(layer)) return input;
  if (layer.getClassName() !== 'Dense' || activationOf(layer) !== 'softmax') return logits;
  const { units, useBias } = layer.getConfig() as { units: number; useBias: boolean };
  const copy = layers.dense({ name: `${layer.name}/logits`, units, useBias });
  const made = connect(copy, input);
  copy.setWeights(layer.getWeights());
  return made;
};
