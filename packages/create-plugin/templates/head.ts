import { layers, sequential } from '@tensorflow/tfjs-layers';
import { HEAD, initialize, plugin, type HeadFactory } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: HEAD,
  name: 'own',
  summary: 'The mean of a map, through two dense layers',
  options: z.strictObject({
    width: z.int().positive().default(128).describe('numbers of an embedding'),
  }),
  create:
    ({ width }): HeadFactory =>
    ({ name, shape, seed }) => {
      const model = sequential({
        name,
        layers: [
          layers.globalAveragePooling2d({ name: `${name}/pool`, inputShape: [...shape] }),
          layers.dense({ name: `${name}/hidden`, units: shape[2], activation: 'relu' }),
          layers.dense({ name: `${name}/out`, units: width }),
        ],
      });
      initialize(model, seed); // from the run's seed, not from tf.layers' own draws
      return model;
    },
});
