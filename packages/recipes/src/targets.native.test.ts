import type { Tensor } from '@tensorflow/tfjs-core';
import {
  AUGMENTATION,
  eagerRunner,
  float32,
  int32,
  moveTarget,
  partOf,
  seedOf,
  withPrefix,
  type Augmentation,
  type NdArrays,
  type TargetSpec,
} from '@understory/core';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const BATCH = 5;
const SIZE = [12, 14] as const;

/** Options without which a plugin cannot be made, or would be too large for a test. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'random-apply': { augmentations: ['flip', 'rotation', 'invert'] },
  'random-resized-crop': { size: 10 },
  resize: { size: 10 },
  'center-crop': { size: 10 },
  cutout: { size: 4 },
};

const registry = createRegistry(defaultPlugins);
const augmentations: readonly Augmentation[] = registry
  .list(AUGMENTATION)
  .map(({ name }) => registry.make(AUGMENTATION, [name, NEEDED[name] ?? {}]));

const SPECS: Readonly<Record<string, TargetSpec>> = {
  map: { kind: 'map', dtype: 'int32', shape: [...SIZE] },
  boxes: { kind: 'boxes', dtype: 'float32', shape: [2, 5] },
};

const TARGETS: NdArrays = {
  'target/map': int32(
    Int32Array.from({ length: BATCH * 168 }, (_, i) => (i * i) % 7),
    [BATCH, ...SIZE],
  ),
  'target/boxes': float32(Array.from({ length: BATCH }, () => [1, 2.5, 8, 9, 3, 4, 0, 12, 14, 5]).flat(), [
    BATCH,
    2,
    5,
  ]),
};

const drawn = (seed: number): NdArrays =>
  Object.assign(
    {},
    ...augmentations.map((made) => {
      const streams = Array.from({ length: BATCH }, (_, i) => seedOf(seed).at(i).rng());
      return withPrefix(`${made.name}/`, made.sample(streams, SIZE));
    }),
  ) as NdArrays;

/** Both targets after every augmentation of the registry, each by itself. */
const moveAll = (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(
    augmentations.flatMap((made) =>
      Object.entries(SPECS).map(([key, spec]) => {
        const params = withPrefix('0/', partOf(inputs, `${made.name}/`));
        const target = inputs[`target/${key}`]!;
        return [`${made.name}/${key}`, moveTarget([made], { target, spec, size: SIZE }, params)];
      }),
    ),
  );

it('targets move in one compiled graph, whatever is drawn, to the same values as op by op', async () => {
  const [compiled, eager] = [compiledRunner({ maxTraces: 1 }), eagerRunner()];
  const [fast, plain] = [compiled.step('targets', moveAll), eager.step('targets', moveAll)];
  for (const seed of [1, 2]) {
    const inputs = { ...TARGETS, ...drawn(seed) };
    const [made, expected] = [await fast.run(inputs), await plain.run(inputs)];
    expect(Object.keys(made).length).toBe(2 * augmentations.length);
    for (const [key, { data, dtype, shape }] of Object.entries(made)) {
      const other = expected[key];
      expect({ dtype, shape }, key).toEqual({ dtype: other?.dtype, shape: other?.shape });
      const most = Math.max(...data.map((v, i) => Math.abs(v - other!.data[i]!)));
      expect(most, key).toBeLessThanOrEqual(dtype === 'int32' ? 0 : 1e-4);
    }
  }
  compiled.dispose();
  eager.dispose();
});
