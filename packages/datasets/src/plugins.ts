import type { AnyPlugin } from '@understory/core';
import { cifar10Plugin, cifar100Plugin } from './cifar/cifar.ts';
import { cocoPlugin } from './boxes/coco/coco.ts';
import { vocPlugin } from './boxes/voc/voc.ts';
import { yoloPlugin } from './boxes/yolo/yolo.ts';
import { idxPlugin } from './idx/idx.ts';
import { imagesPlugin } from './images/images.ts';
import { parquetPlugin } from './parquet/parquet.ts';
import { tablePlugin } from './table/table.ts';
import { aircraftPlugin } from './listed/aircraft/aircraft.ts';
import { carsPlugin } from './listed/cars/cars.ts';
import { cubPlugin } from './listed/cub/cub.ts';
import { dogsPlugin } from './listed/dogs/dogs.ts';
import { flowersPlugin } from './listed/flowers/flowers.ts';
import { imagenetPlugin } from './listed/imagenet/imagenet.ts';
import { shardsPlugin } from './shards/shards.ts';
import { classBalancedPlugin } from './samplers/classBalanced.ts';
import { shardShuffledPlugin } from './samplers/shardShuffled.ts';
import { shuffledPlugin } from './samplers/shuffled.ts';

/** Every dataset of this package, for a registry. */
export const datasetPlugins: readonly AnyPlugin[] = [
  cifar10Plugin,
  cifar100Plugin,
  imagesPlugin,
  tablePlugin,
  parquetPlugin,
  idxPlugin,
  shardsPlugin,
  vocPlugin,
  cocoPlugin,
  yoloPlugin,
  imagenetPlugin,
  cubPlugin,
  carsPlugin,
  flowersPlugin,
  dogsPlugin,
  aircraftPlugin,
];

/** Every sampler of this package, for a registry. */
export const samplerPlugins: readonly AnyPlugin[] = [
  shuffledPlugin,
  shardShuffledPlugin,
  classBalancedPlugin,
];
