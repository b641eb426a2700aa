import { createRegistry } from '@understory/registry';
import { checkedKinds, conformance, type ConformanceOptions } from '@understory/testing';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);

/** Kinds whose plugins are too large, or read files: their own packages try them. */
const ELSEWHERE = new Set(['backbone', 'dataset', 'task', 'objective']);
/** Metrics of outputs that are no classes' numbers. */
const OTHER_OUTPUTS = new Set(['segmentation', 'coco-ap', 'voc-ap']);

const NEEDED: Readonly<Record<string, ConformanceOptions>> = {
  'augmentation resize': { options: { size: 8 } },
  'augmentation random-resized-crop': { options: { size: 8 } },
  'augmentation center-crop': { options: { size: 8 } },
  'augmentation cutout': { options: { size: 8 } },
  'augmentation random-apply': { options: { augmentations: ['flip'] } },
};

const tried = defaultPlugins.filter(
  ({ token: { key }, name }) => checkedKinds.includes(key) && !ELSEWHERE.has(key) && !OTHER_OUTPUTS.has(name),
);

it('meets every kind that has checks', () => {
  const kinds = new Set(tried.map(({ token: { key } }) => key));
  expect(checkedKinds.filter((key) => !kinds.has(key) && !ELSEWHERE.has(key))).toEqual([]);
});

describe.each(tried.map((plugin) => [`${plugin.token.key} ${plugin.name}`, plugin] as const))(
  '%s',
  (name, plugin) => {
    for (const { name: what, run } of conformance(plugin, { registry, ...NEEDED[name] })) it(what, run);
  },
);
