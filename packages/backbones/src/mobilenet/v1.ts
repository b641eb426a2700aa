import { fanOutRule } from '@understory/core';
import { z } from 'zod';
import { family, type Arguments } from '../family.ts';
import { shared, STEM_SIZE } from '../options.ts';
import { relu } from '../parts/activation.ts';
import { dense, globalPool } from '../parts/basics.ts';
import { convNorm, depthwiseNorm } from '../parts/conv.ts';
import { sequence, type Step } from './invertedResidual.ts';

/** Howard et al. 2017, table 1: [width, stride] of each depthwise-separable block. */
export const MOBILENETS_V1 = {
  mobilenetv1: [
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    ...Array.from({ length: 5 }, () => [512, 1] as const),
    [1024, 2],
    [1024, 1],
  ],
} as const;

export const MobileNetV1Options = z.strictObject({
  stem: shared.stem,
  width: shared.width,
  pointwiseBias: z
    .boolean()
    .default(false)
    .describe('Biases in the 1×1 convolutions, as a popular CIFAR collection has them'),
});
export type MobileNetV1Options = z.output<typeof MobileNetV1Options>;
export type MobileNetV1Arguments = Arguments<'mobilenetv1', typeof MobileNetV1Options>;

const mobilenets = family({
  table: MOBILENETS_V1,
  options: MobileNetV1Options,
  summary: () => 'MobileNetV1, depthwise-separable convolutions in a row',
  when: 'The plainest mobile network; MobileNetV2 reaches more for as many multiplications.',
  source: () => 'Howard et al. 2017, table 1',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, rows, { stem, width, pointwiseBias: bias }, classes) => {
    const wide = (filters: number): number => Math.max(1, Math.round(filters * width));
    const steps = rows.map(([filters, published]): Step => ({
      stride: published,
      build: (x, name, stride) => {
        const deep = depthwiseNorm(x, `${name}/depthwise`, { kernel: 3, stride, activation: relu });
        return convNorm(deep, `${name}/pointwise`, {
          filters: wide(filters),
          kernel: 1,
          bias,
          activation: relu,
        });
      },
    }));
    const start = { filters: wide(32), kernel: 3, stride: stem === 'imagenet' ? 2 : 1, activation: relu };
    const { end, taps } = sequence(convNorm(images, 'stem', start), steps, false);
    const pooled = globalPool(end, 'pool');
    const logits = dense(pooled, 'classifier', classes);
    return { maps: [...taps, ['stage4', end]], pooled, logits, rule: fanOutRule };
  },
});

/** MobileNetV1 (Howard et al. 2017). */
export const mobilenetV1 = mobilenets.make;
/** One plugin. */
export const mobilenetV1Plugins = mobilenets.plugins;
