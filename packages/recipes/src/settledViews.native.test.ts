import { cast, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  AUGMENTATION,
  boxesSpec,
  drawView,
  eagerRunner,
  float32,
  frameSpec,
  mapNamed,
  moveTarget,
  partOf,
  seedOf,
  settleView,
  showView,
  spatialTargets,
  uint8,
  withPrefix,
  type NdArrays,
  type Targets,
  type View,
} from '@understory/core';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const SIZE = [24, 32] as const;
const SPECS: Targets = { boxes: boxesSpec(3), frame: frameSpec };

const registry = createRegistry(defaultPlugins);
/** What completes its draws by the targets, and what changes colours. */
const view: View = [
  'mosaic',
  ['scale-jitter', { scale: [0.5, 2] }],
  ['random-apply', { p: 0.7, augmentations: ['flip', 'box-crop'] }] as const,
  'photometric',
].map((spec) => registry.make(AUGMENTATION, spec as never));

const targetsOf = (batch: number): NdArrays => ({
  'target/boxes': float32(
    Array.from({ length: batch }, (_, i) => [
      ...[1, 2.5, 8 + i, 19, 3, 0, 60, 4, 6, 16, 31, 1, 0, 90],
      ...[0, 0, 0, 0, 0, 0, 0],
    ]).flat(),
    [batch, 3, 7],
  ),
  'target/frame': float32(Array.from({ length: batch }, () => [0, 0, 18, 32, 90, 160]).flat(), [batch, 1, 6]),
  images: uint8(
    Uint8Array.from({ length: batch * 24 * 32 * 3 }, (_, i) => (i * i) % 251),
    [batch, ...SIZE, 3],
  ),
});

const drawn = (batch: number, seed: number): NdArrays =>
  withPrefix(
    'view/',
    drawView(
      view,
      Array.from({ length: batch }, (_, i) => seedOf(seed).at(i).rng()),
      SIZE,
    ),
  );

/** The images and all of their targets, as a training step shows them. */
const show = (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
  const known = partOf(inputs, 'target/');
  const params = settleView(view, partOf(inputs, 'view/'), {
    known: spatialTargets(known, SPECS),
    size: SIZE,
  });
  const moved = mapNamed(known, (target, name) =>
    moveTarget(view, { target, spec: SPECS[name]!, size: SIZE }, params),
  );
  return { ...moved, images: showView(view, cast(inputs['images']!, 'float32') as Tensor4D, params) };
};

it('draws are settled in a compiled graph, one for each size of batch, as op by op', async () => {
  const [compiled, eager] = [compiledRunner({ maxTraces: 2 }), eagerRunner()];
  const [fast, plain] = [compiled.step('view', show), eager.step('view', show)];
  for (const [batch, seed] of [
    [5, 1],
    [5, 2],
    [2, 3],
  ] as const) {
    // prettier-ignore
    const inputs = { ...targetsOf(batch), ...drawn(batch, seed) };
    const [made, expected] = [await fast.run(inputs), await plain.run(inputs)];
    for (const [key, { data, shape }] of Object.entries(made)) {
      expect(shape, key).toEqual(inputs[key === 'images' ? key : `target/${key}`]!.shape);
      const off = Array.from(data, (v, i) => Math.abs(v - expected[key]!.data[i]!));
      expect(Math.max(...off), key).toBeLessThanOrEqual(key === 'images' ? 1 : 1e-3);
      expect(off.filter((d) => d > 1e-3).length, key).toBeLessThan(off.length / 100);
    }
  }
  compiled.dispose();
  eager.dispose();
});
