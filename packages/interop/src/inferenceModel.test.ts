import { io, ones } from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { activation, buildTaskHead, seedOf, type Task, type TaskFeatures } from '@understory/core';
import { tinyBackbone } from '@understory/core/testing';
import { expect, it } from 'vitest';
import { inferenceModel } from './inferenceModel.ts';

const dataset = {
  classes: ['a', 'b', 'c'],
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  crop: undefined,
  size: [8, 8],
} as const;

/** What a task makes of some features: a number for each class. */
const taskOn = (use: (features: TaskFeatures) => SymbolicTensor[]): Task => ({
  ...{ name: 'own', objectives: [], metrics: [], targets: {} },
  outputs: (features, { classes }) =>
    Object.fromEntries(
      use(features).map((feature, i) => {
        const dense = layers.dense({ name: `dense${i}`, units: classes });
        return [`out${i}`, dense.apply(feature) as SymbolicTensor];
      }),
    ),
  activate: (outputs) =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, x]) => [`p-${name}`, activation(`p-${name}`, 'softmax', x)]),
    ),
  decode: () => ({ kind: 'class', classes: [] }),
});

const uses: readonly (readonly [what: string, use: (features: TaskFeatures) => SymbolicTensor[]])[] = [
  ['all maps and the pooled feature', ({ taps, pooled }) => [...Object.values(taps), pooled]],
  ['some of the maps', ({ taps }) => [taps['stage1']!, taps['stage3']!]],
  ['one map', ({ taps }) => [taps['stage2']!]],
  ['the pooled feature', ({ pooled }) => [pooled]],
];

it.each(uses)('writes what plain tfjs reads to the same outputs, of a task on %s', async (_, use) => {
  const [backbone, task] = [tinyBackbone(), taskOn(use)];
  const head = buildTaskHead(task, backbone, { classes: 3, size: [8, 8], seed: seedOf(1) })!;
  const made = inferenceModel({ backbone, head, task }, dataset);
  let saved: io.ModelArtifacts | undefined;
  await made.save(
    io.withSaveHandler((artifacts) => {
      saved = JSON.parse(JSON.stringify(artifacts)) as io.ModelArtifacts;
      saved.weightData = artifacts.weightData!;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  const loaded = await loadLayersModel(io.fromMemory(saved!));
  const [x, given] = [ones([2, 8, 8, 3]), made.predict(ones([2, 8, 8, 3]))];
  const read = [loaded.predict(x)].flat();
  expect(read).toHaveLength(head.outputs.length);
  [given].flat().forEach((y, i) => expect(read[i]!.dataSync()).toEqual(y.dataSync()));
});
