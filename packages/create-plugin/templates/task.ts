import { layers } from '@tensorflow/tfjs-layers';
import { activation, applyLayer, byName, plugin, TASK, type Task } from '@understory/core';
import { z } from 'zod';

/** Classes by a dense layer of the task's own, behind a layer of this width. */
export const ownPlugin = plugin({
  token: TASK,
  name: 'own',
  summary: 'Classes, by two dense layers',
  options: z.strictObject({
    width: z.int().positive().default(64).describe('numbers of the hidden layer'),
  }),
  create: ({ width }): Task => ({
    name: 'own',
    objectives: ['cross-entropy', 'contrastive-deep-supervision'],
    metrics: ['accuracy'],
    targets: { label: 'class' },
    outputs({ pooled }, { classes }) {
      const hidden = applyLayer(layers.dense({ name: 'hidden', units: width, activation: 'relu' }), pooled);
      return { logits: applyLayer(layers.dense({ name: 'logits', units: classes }), hidden) }; // [B, C]
    },
    activate: (outputs) => ({
      probabilities: activation('probabilities', 'softmax', byName(outputs, 'logits')),
    }),
    decode(outputs, { classes }) {
      const { data } = byName(outputs, 'probabilities');
      const named = classes.map((name, i) => ({ class: name, probability: data[i] ?? 0 }));
      return { kind: 'class', classes: named.sort((a, b) => b.probability - a.probability) };
    },
  }),
});
