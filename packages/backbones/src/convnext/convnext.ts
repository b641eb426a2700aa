import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { family, type Arguments } from '../family.ts';
import { layerScale } from '../layers/layerScale.ts';
import { patch, shared, STEM_SIZE, stochasticDepth } from '../options.ts';
import { gelu } from '../parts/activation.ts';
import { dense, globalPool, layerNormed, residual } from '../parts/basics.ts';
import { channels, connect } from '../parts/connect.ts';
import { conv, depthwise } from '../parts/conv.ts';
import { transformerRule } from '../rules.ts';
import { chain, extension, scaled, type Block, type StageRow } from '../stages.ts';

/** Liu et al. 2022, section 2.2: [blocks, width, stride in front of the stage]; the stem is a patch of 4×4. */
export const CONVNEXTS = {
  'convnext-t': [
    [3, 96, 1],
    [3, 192, 2],
    [9, 384, 2],
    [3, 768, 2],
  ],
} as const satisfies Record<string, readonly StageRow[]>;

/** Side of a patch of each stem, in pixels. */
const PATCH = { imagenet: 4, cifar: 2 };

export type ConvNeXtVariant = keyof typeof CONVNEXTS;
export const ConvNeXtOptions = z.strictObject({
  ...shared,
  patch: patch(PATCH),
  stochasticDepth: stochasticDepth(0.1),
});
export type ConvNeXtOptions = z.output<typeof ConvNeXtOptions>;
export type ConvNeXtArguments = Arguments<ConvNeXtVariant, typeof ConvNeXtOptions>;

/** In front of a stage that halves the map: layer norm and a 2×2 convolution. */
const downsample = (x: SymbolicTensor, name: string, filters: number, stride: number): SymbolicTensor => {
  if (stride === 1 && channels(x) === filters) return x;
  const window = { filters, kernel: stride, stride, padding: 0, bias: true };
  return conv(layerNormed(x, `${name}/downsample/norm`), `${name}/downsample/conv`, window);
};

/** Depthwise 7×7, layer norm, two dense layers four times as wide between, a factor for each channel (fig. 4). */
const block: Block = (from, name, { planes, stride, drop }) => {
  const x = downsample(from, name, planes, stride);
  const deep = layerNormed(depthwise(x, `${name}/depthwise`, { kernel: 7, bias: true }), `${name}/norm`);
  const wide = gelu(dense(deep, `${name}/fc1`, 4 * planes), `${name}/gelu`);
  const narrow = dense(wide, `${name}/fc2`, planes);
  const branch = connect(layerScale(`${name}/scale`, narrow.shape.slice(1) as number[]), narrow);
  return residual(branch, x, name, drop);
};

const convnexts = family({
  table: CONVNEXTS,
  options: ConvNeXtOptions,
  summary: (variant) =>
    `${variant.replace('convnext-t', 'ConvNeXt-T')}, a convolutional network modelled on transformers`,
  when: 'A current convolutional network for pictures of 224 pixels, with AdamW and long training.',
  source: () => 'Liu et al., CVPR 2022, as torchvision has it',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, rows, options, classes) => {
    const specs = scaled(rows, options);
    const side = options.patch ?? PATCH[options.stem];
    const window = { filters: specs[0]!.planes, kernel: side, stride: side, padding: 0, bias: true };
    const stem = layerNormed(conv(images, 'stem/conv', window), 'stem/norm');
    const maps = chain(stem, specs, block, { drop: options.stochasticDepth });
    const pooled = globalPool(maps.at(-1)![1], 'pool');
    const logits = dense(layerNormed(pooled, 'norm'), 'classifier', classes);
    const rule = transformerRule({ '/scale/depthwise_kernel': { constant: 1e-6 } });
    return { maps, pooled, logits, rule, stages: specs, extend: extension(block) };
  },
});

/** A ConvNeXt (Liu et al. 2022); the pooled feature is what its last layer norm reads. */
export const convnext = convnexts.make;
/** One plugin a variant. */
export const convnextPlugins = convnexts.plugins;
