import {
  fanOutRule,
  seedOf,
  type Backbone,
  type BackboneFactory,
  type BackboneRequest,
  type Seed,
} from '@understory/core';
import { z } from 'zod';
import { assemble, images } from '../assemble.ts';
import { dense, globalPool } from '../parts/basics.ts';
import { chain, scaled, type Block, type StageRow } from '../stages.ts';
import { basic, bottleneck } from './blocks.ts';
import { resnetStem, STEM_SIZE } from './stem.ts';

interface ResNetSpec {
  readonly block: Block;
  readonly stages: readonly StageRow[];
}

/** He et al. 2016, table 1: [blocks, planes, stride] a stage. The stem is chosen apart. */
export const RESNETS = {
  resnet18: {
    block: basic,
    stages: [
      [2, 64, 1],
      [2, 128, 2],
      [2, 256, 2],
      [2, 512, 2],
    ],
  },
  resnet34: {
    block: basic,
    stages: [
      [3, 64, 1],
      [4, 128, 2],
      [6, 256, 2],
      [3, 512, 2],
    ],
  },
  resnet50: {
    block: bottleneck,
    stages: [
      [3, 64, 1],
      [4, 128, 2],
      [6, 256, 2],
      [3, 512, 2],
    ],
  },
  resnet101: {
    block: bottleneck,
    stages: [
      [3, 64, 1],
      [4, 128, 2],
      [23, 256, 2],
      [3, 512, 2],
    ],
  },
  resnet152: {
    block: bottleneck,
    stages: [
      [3, 64, 1],
      [8, 128, 2],
      [36, 256, 2],
      [3, 512, 2],
    ],
  },
} satisfies Record<string, ResNetSpec>;

export type ResNetVariant = keyof typeof RESNETS;

export const ResNetOptions = z.strictObject({
  stem: z
    .enum(['cifar', 'imagenet'])
    .default('cifar')
    .describe('First layers: `cifar` keeps the resolution, `imagenet` divides it by four'),
  width: z
    .number()
    .positive()
    .default(1)
    .describe('Multiplies the channels of all stages; 0.25 begins with 16'),
});
export type ResNetOptions = z.output<typeof ResNetOptions>;

const build = (
  name: string,
  { block, stages }: ResNetSpec,
  options: ResNetOptions,
  request: BackboneRequest,
): Backbone => {
  const specs = scaled(stages, options.width);
  const x = images(request.size);
  const maps = chain(resnetStem(x, options.stem, specs[0]!.planes), specs, block);
  const pooled = globalPool(maps.at(-1)![1], 'pool');
  const logits = dense(pooled, 'classifier', request.classes);
  const extend: Backbone['extend'] = (from, more, scope) => chain(from, more, block, `${scope}/`).at(-1)![1];
  return assemble(x, { maps, pooled, logits }, { name, rule: fanOutRule, stages: specs, extend }, request);
};

/** A factory for one variant, as the registry's plugins make it. */
export const resnetFactory =
  (variant: ResNetVariant, options: ResNetOptions): BackboneFactory =>
  (request) =>
    build(variant, RESNETS[variant], options, request);

export interface ResNetArguments extends z.input<typeof ResNetOptions> {
  readonly variant: ResNetVariant;
  readonly classes: number;
  /** Pixels of the input's side, or [height, width]; 32 for the CIFAR stem, 224 for the other. */
  readonly size?: number | readonly [number, number];
  /** Where the first weights come from; 0 where nothing is said. */
  readonly seed?: number | Seed;
}

/** A residual network (He et al. 2016) whose stages are outputs of its model. */
export const resnet = ({ variant, classes, size, seed = 0, ...rest }: ResNetArguments): Backbone => {
  const options = ResNetOptions.parse(rest);
  const side = size ?? STEM_SIZE[options.stem];
  return resnetFactory(
    variant,
    options,
  )({
    classes,
    size: typeof side === 'number' ? [side, side] : side,
    seed: typeof seed === 'number' ? seedOf(seed) : seed,
  });
};
