import type { AnyPlugin } from '@understory/core';
import { cifar10Plugin, cifar100Plugin } from './cifar/cifar.ts';
import { cocoPlugin } from './boxes/coco/coco.ts';
import { vocPlugin } from './boxes/voc/voc.ts';
import { yoloPlugin } from './boxes/yolo/yolo.ts';
import { imagesPlugin } from './images/images.ts';
import { shardsPlugin } from './shards/shards.ts';
import { classBalancedPlugin } from './samplers/classBalanced.ts';
import { shardShuffledPlugin } from './samplers/shardShuffled.ts';
import { shuffledPlugin } from './samplers/shuffled.ts';

/** Every dataset of this package, for a registry. */
export const datasetPlugins: readonly AnyPlugin[] = [
  cifar10Plugin,
  cifar100Plugin,
  imagesPlugin,
  shardsPlugin,
  vocPlugin,
  cocoPlugin,
  yoloPlugin,
];

/** Every sampler of this package, for a registry. */
export const samplerPlugins: readonly AnyPlugin[] = [
  shuffledPlugin,
  shardShuffledPlugin,
  classBalancedPlugin,
];
