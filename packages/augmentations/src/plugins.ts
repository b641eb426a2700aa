import type { AnyPlugin } from '@understory/core';
import { colorJitterPlugin } from './colorJitter.ts';
import { cropPlugin } from './crop.ts';
import { cutoutPlugin } from './cutout.ts';
import { flipPlugin } from './flip.ts';
import { grayscalePlugin } from './grayscale.ts';

/** All augmentations of this package, for a registry. */
export const augmentationPlugins: readonly AnyPlugin[] = [
  cropPlugin,
  flipPlugin,
  cutoutPlugin,
  colorJitterPlugin,
  grayscalePlugin,
];
