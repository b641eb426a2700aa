import { batchNorm, HEAD, initialize, plugin, type HeadFactory } from '@understory/core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';

export const ProjectorOptions = z.strictObject({
  widths: z
    .array(z.int().min(1))
    .min(1)
    .default([4096, 256])
    .describe('widths of the dense layers, the embedding last, in numbers'),
  norm: z
    .enum(['hidden', 'all'])
    .default('hidden')
    .describe('layers that a batch norm follows: all but the last, or all, the last without scale and shift'),
});
export type ProjectorOptions = z.input<typeof ProjectorOptions>;

/**
 * Average pooling and dense layers, batch norm and ReLU between them, as BYOL and SimSiam project and predict: a map
 * [B, h, w, c] → [B, last width]. A batch norm on the last layer keeps scale 1 and shift 0 (Chen & He 2021, §3).
 */
export const projector = (options: ProjectorOptions = {}): HeadFactory => {
  const { widths, norm } = ProjectorOptions.parse(options);
  const last = widths.length - 1;
  return ({ name, shape, seed }) => {
    const from = input({ shape: [...shape], name: `${name}/input` });
    let x = layers.globalAveragePooling2d({ name: `${name}/pool` }).apply(from) as SymbolicTensor;
    for (const [i, units] of widths.entries()) {
      const dense = layers.dense({ name: `${name}/dense${i + 1}`, units, kernelInitializer: 'zeros' });
      x = dense.apply(x) as SymbolicTensor;
      if (i === last && norm === 'hidden') continue;
      const normed = batchNorm({ name: `${name}/norm${i + 1}` });
      x = normed.apply(x) as SymbolicTensor;
      if (i === last) normed.trainable = false;
      else x = layers.reLU({ name: `${name}/relu${i + 1}` }).apply(x) as SymbolicTensor;
    }
    const head = model({ inputs: from, outputs: x, name });
    initialize(head, seed);
    return head;
  };
};

export const projectorPlugin = plugin({
  token: HEAD,
  name: 'projector',
  summary:
    'Average pooling and dense layers with batch norm: the projector of BYOL and SimSiam, and their predictor',
  when: 'Losses without negatives: they need batch norm in the head.',
  source: 'Grill et al. 2020 (BYOL), Chen and He 2021 (SimSiam)',
  options: ProjectorOptions,
  create: projector,
});
