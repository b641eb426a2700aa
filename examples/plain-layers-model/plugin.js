import { layers, sequential } from '@tensorflow/tfjs-layers';
import { fromLayersModel } from '@understory/backbones';
import { BACKBONE, plugin } from '@understory/core';
import { z } from 'zod';

const convolution = (name, filters, strides) => [
  layers.conv2d({ name: `${name}_conv`, filters, kernelSize: 3, strides, padding: 'same', useBias: false }),
  layers.batchNormalization({ name: `${name}_norm` }),
  layers.reLU({ name }),
];

/** A model as anybody writes it with plain tf.layers: nothing in it knows of deep supervision. */
const plainModel = (filters, classes, size) =>
  sequential({
    name: 'plain',
    layers: [
      layers.inputLayer({ inputShape: [...size, 3] }),
      ...convolution('one', filters, 1),
      ...convolution('two', 2 * filters, 2),
      ...convolution('three', 4 * filters, 2),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dropout({ name: 'dropout', rate: 0.1 }),
      // A task with outputs of its own asks for no classes.
      ...(classes > 0 ? [layers.dense({ name: 'predictions', units: classes, activation: 'softmax' })] : []),
    ],
  });

export const plainPlugin = plugin({
  token: BACKBONE,
  name: 'plain',
  summary: 'Three convolutions in a row',
  options: z.strictObject({
    filters: z.int().positive().default(16).describe('channels of the first convolution'),
  }),
  create:
    ({ filters }) =>
    ({ classes, size, seed, blank }) => {
      const model = plainModel(filters, classes, size);
      const backbone = fromLayersModel(model, { taps: ['one', 'two', 'three'] });
      // tf.layers draws its weights from nowhere in particular; these come from the run's seed.
      if (!blank) backbone.initialize(backbone.model, seed);
      return backbone;
    },
});
