import {
  BACKBONE,
  classSamples,
  DATASET,
  LOSS,
  pickSamples,
  plugin,
  seedOf,
  type AnyPlugin,
  type ContrastiveLoss,
  type Positives,
  type Samples,
} from '@understory/core';
import { tinyBackbone } from '@understory/core/testing';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { concat, slice, type Tensor1D } from '@tensorflow/tfjs-core';

const SIDE = 16;
const CLASSES = 6;

/** A coarse pattern a class, moved about and under noise. */
const samplesOf = (length: number, from: number): Samples => {
  const labels = Int32Array.from({ length }, (_, i) => i % CLASSES);
  const patterns = Array.from({ length: CLASSES }, (_, c) => {
    const rng = seedOf(c).at('pattern').rng();
    return Array.from({ length: 48 }, () => rng.uniform());
  });
  const imageOf = (position: number): number[] => {
    const rng = seedOf(from + position).rng();
    const [dy, dx] = [rng.integer(0, 3), rng.integer(0, 3)];
    const pattern = patterns[labels[position]!]!;
    return Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
      const [y, x, c] = [Math.floor(i / (SIDE * 3)), Math.floor(i / 3) % SIDE, i % 3];
      const at = (Math.floor(((y + dy) % SIDE) / 4) * 4 + Math.floor(((x + dx) % SIDE) / 4)) * 3 + c;
      return Math.max(0, Math.min(255, Math.round(128 + 70 * (pattern[at]! - 0.5) + 45 * rng.normal())));
    });
  };
  const images = Array.from({ length }, (_, i) => imageOf(i));
  return classSamples({
    ...{ length, size: [SIDE, SIDE], labels },
    read: (positions) => Promise.resolve(Uint8Array.from(Array.from(positions).flatMap((p) => images[p]!))),
    describe: (position) => `pattern ${position}`,
  });
};

const patterns = plugin({
  ...{ token: DATASET, name: 'patterns', summary: 'Patterns under noise' },
  options: { parse: () => ({}) },
  create: () => () => {
    const test = samplesOf(CLASSES, 1e6);
    return Promise.resolve({
      ...{ name: 'patterns', classes: Array.from({ length: CLASSES }, (_, c) => `pattern ${c}`) },
      normalization: { mean: [0.5, 0.5, 0.5] as const, std: [0.25, 0.25, 0.25] as const },
      ...{ train: samplesOf(480, 0), validation: samplesOf(240, 1e5), leftOut: [] },
      test: pickSamples(test, Int32Array.of()),
    });
  },
});

const tiny = plugin({
  ...{ token: BACKBONE, name: 'tiny', summary: 'Four convolutions' },
  options: { parse: () => ({}) },
  create:
    () =>
    ({ classes, size: [size], seed }) =>
      tinyBackbone({ classes, size, planes: [12, 16, 24, 32], seed: seed.value }),
});

const plain = createRegistry(defaultPlugins);

/** Each image has its neighbour's label: what belongs together says nothing of the classes. */
const shuffled = plugin({
  ...{ token: LOSS, name: 'shuffled', summary: 'SupCon with the labels of other images' },
  options: { parse: () => ({}) },
  create: (): ContrastiveLoss => {
    const loss = plain.make(LOSS, ['supcon', { temperature: 0.1 }]);
    return (features, positives: Positives = [] as never) => {
      const labels = positives as Tensor1D;
      const [n] = labels.shape;
      return loss(features, concat([slice(labels, 1, n - 1), slice(labels, 0, 1)]));
    };
  },
});

const plugins: readonly AnyPlugin[] = [patterns, tiny, shuffled];
/** Knows a small dataset and network too, and a loss that is wrong on purpose. */
export const truthRegistry = createRegistry([...defaultPlugins, ...plugins]);
