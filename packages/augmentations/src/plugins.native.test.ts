import type { Augmentation } from '@understory/core';
import { describe } from 'vitest';
import { augmentationPlugins } from './plugins.ts';
import { testAugmentation } from './testing.test.support.ts';

/** A small result where the default is one of 224 or 256 pixels, and a hole that fits the pictures. */
const SMALL: Record<string, object> = Object.fromEntries(
  ['random-resized-crop', 'center-crop', 'resize', 'cutout'].map((name) => [name, { size: 10 }]),
);

const alone = augmentationPlugins.filter((p) => !p.uses);

describe.each(alone.map((p) => [p.name, p] as const))('%s on TensorFlow', (name, p) => {
  testAugmentation(p.create(p.options.parse(SMALL[name] ?? {})) as Augmentation);
});
