import { layers, sequential } from '@tensorflow/tfjs-layers';
import { fromLayersModel } from '@understory/backbones';
import { BACKBONE, plugin, type BackboneFactory } from '@understory/core';
import { z } from 'zod';

const stage = (name: string, filters: number) => [
  layers.conv2d({
    name: `${name}_conv`,
    filters,
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    useBias: false,
  }),
  layers.batchNormalization({ name: `${name}_norm` }),
  layers.reLU({ name }),
];

export const ownPlugin = plugin({
  token: BACKBONE,
  name: 'own',
  summary: 'Three convolutions in a row',
  options: z.strictObject({
    filters: z.int().positive().default(16).describe('channels of the first convolution; it doubles'),
  }),
  create:
    ({ filters }): BackboneFactory =>
    ({ classes, size, seed, blank }) => {
      const model = sequential({
        layers: [
          layers.inputLayer({ inputShape: [...size, 3] }),
          ...['one', 'two', 'three'].flatMap((name, i) => stage(name, filters * 2 ** i)),
          layers.globalAveragePooling2d({ name: 'pool' }),
          ...(classes > 0 ? [layers.dense({ name: 'classifier', units: classes })] : []),
        ],
      });
      const backbone = fromLayersModel(model, { name: 'own', taps: ['one', 'two', 'three'] });
      if (!blank) backbone.initialize(backbone.model, seed); // from the run's seed, not from tf.layers' own draws
      return backbone;
    },
});
