import { fanOutRule } from '@understory/core';
import { z } from 'zod';
import { family, type Arguments } from '../family.ts';
import { shared, STEM_SIZE, stochasticDepth } from '../options.ts';
import { dense, globalPool } from '../parts/basics.ts';
import { chain, extension, scaled, type Block, type StageRow } from '../stages.ts';
import { basic, bottleneck, type BottleneckConfig } from './blocks.ts';
import { resnetStem } from './stem.ts';

interface ResNetRow {
  readonly title: string;
  readonly block: Block;
  readonly stages: readonly StageRow[];
}

const stages = (a: number, b: number, c: number, d: number): readonly StageRow[] => [
  [a, 64, 1],
  [b, 128, 2],
  [c, 256, 2],
  [d, 512, 2],
];

const resnext = (groups: number, base: number, groupFirst = false): Block =>
  bottleneck({ groups, base, groupFirst } satisfies BottleneckConfig);

/**
 * He et al. 2016, table 1; Xie et al. 2017, table 1; Zagoruyko & Komodakis 2016 as torchvision has it (bottlenecks
 * whose 3×3 is twice as wide): [blocks, planes, stride] a stage. The stem is chosen apart. `-zoo`: the lighter ResNeXt
 * of a popular CIFAR collection, its first 1×1 grouped too.
 */
export const RESNETS = {
  resnet18: { title: 'ResNet-18', block: basic, stages: stages(2, 2, 2, 2) },
  resnet34: { title: 'ResNet-34', block: basic, stages: stages(3, 4, 6, 3) },
  resnet50: { title: 'ResNet-50', block: bottleneck(), stages: stages(3, 4, 6, 3) },
  resnet101: { title: 'ResNet-101', block: bottleneck(), stages: stages(3, 4, 23, 3) },
  resnet152: { title: 'ResNet-152', block: bottleneck(), stages: stages(3, 8, 36, 3) },
  resnext50: { title: 'ResNeXt-50 32×4d', block: resnext(32, 4), stages: stages(3, 4, 6, 3) },
  resnext101: { title: 'ResNeXt-101 32×8d', block: resnext(32, 8), stages: stages(3, 4, 23, 3) },
  'resnext101-64x4d': { title: 'ResNeXt-101 64×4d', block: resnext(64, 4), stages: stages(3, 4, 23, 3) },
  'resnext50-zoo': { title: 'ResNeXt-50, lighter', block: resnext(32, 4, true), stages: stages(3, 4, 6, 3) },
  'resnext101-zoo': {
    title: 'ResNeXt-101, lighter',
    block: resnext(32, 4, true),
    stages: stages(3, 4, 23, 3),
  },
  wideresnet50: { title: 'WideResNet-50-2', block: bottleneck({ base: 128 }), stages: stages(3, 4, 6, 3) },
  wideresnet101: { title: 'WideResNet-101-2', block: bottleneck({ base: 128 }), stages: stages(3, 4, 23, 3) },
} satisfies Record<string, ResNetRow>;

export type ResNetVariant = keyof typeof RESNETS;

export const ResNetOptions = z.strictObject({ ...shared, stochasticDepth: stochasticDepth(0) });
export type ResNetOptions = z.output<typeof ResNetOptions>;
export type ResNetArguments = Arguments<ResNetVariant, typeof ResNetOptions>;

/** Whose row of the table it is. */
const sourceOf = (variant: ResNetVariant): string => {
  if (variant.startsWith('wide')) return 'Zagoruyko and Komodakis, BMVC 2016, as torchvision has it';
  if (variant.endsWith('-zoo')) return 'Xie et al., CVPR 2017, as a popular CIFAR collection has it';
  return variant.startsWith('resnext') ? 'Xie et al., CVPR 2017, table 1' : 'He et al., CVPR 2016, table 1';
};

const resnets = family({
  table: RESNETS,
  options: ResNetOptions,
  summary: (variant) => `${RESNETS[variant].title}, a residual network with the stem for CIFAR or ImageNet`,
  when: 'The network that most comparisons begin with, and that the CDS paper is about.',
  source: sourceOf,
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, { block, stages: rows }, options, classes) => {
    const specs = scaled(rows, options);
    const x = resnetStem(images, { stem: options.stem, filters: specs[0]!.planes });
    const maps = chain(x, specs, block, { drop: options.stochasticDepth });
    const pooled = globalPool(maps.at(-1)![1], 'pool');
    const logits = dense(pooled, 'classifier', classes);
    return { maps, pooled, logits, rule: fanOutRule, stages: specs, extend: extension(block) };
  },
});

/** A residual network whose stages are outputs of its model. */
export const resnet = resnets.make;
/** One plugin a variant. */
export const resnetPlugins = resnets.plugins;
