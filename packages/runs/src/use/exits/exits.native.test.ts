import { readFileSync } from 'node:fs';
import path from 'node:path';
import { io, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { parseConfig, type ExperimentInput } from '@understory/config';
import { classesOf, DATASET, eagerRunner, namedClass, seedOf, type Dataset } from '@understory/core';
import type { ExitsMetadata } from '@understory/interop';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { beforeAll, describe, expect, it } from 'vitest';
import { runExperiment } from '../../run/runExperiment.ts';
import { temporaryFolder } from '../../testing/index.ts';
import { evaluateRun } from '../evaluate/evaluateRun.ts';
import { exportRun } from '../export/exportRun.ts';

const runs = temporaryFolder();
const registry = createRegistry(defaultPlugins);
const say = (): void => undefined;

const train = async (config: Partial<ExperimentInput>): Promise<string> => {
  const { run, training } = await runExperiment({
    ...{ registry, runs, runner: eagerRunner(), folder: runs, say },
    config: parseConfig({
      ...{ dataset: ['emoji', { limit: 240 }], backbone: ['resnet18', { width: 0.0625 }] },
      ...{ batch: 40, epochs: 2, schedule: ['constant', { rate: 0.05 }] },
      ...config,
    }),
  });
  training.dispose();
  return run.folder;
};

const openEmoji = (): Promise<Dataset> =>
  registry.make(DATASET, ['emoji', { limit: 240 }])({ seed: seedOf(0).at('dataset') });

/** A model's files as plain tfjs reads them. */
const loaded = (folder: string) => {
  const read = (file: string): Buffer => readFileSync(path.join(folder, file));
  const { modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(
    read('model.json').toString(),
  ) as Record<'modelTopology' | 'userDefinedMetadata', object> & {
    weightsManifest: { weights: io.WeightsManifestEntry[] }[];
  };
  const weightData = Uint8Array.from(read('weights.bin')).buffer;
  const { weights } = weightsManifest[0]!;
  return loadLayersModel(
    io.fromMemory({ modelTopology, weightSpecs: weights, weightData, userDefinedMetadata }),
  );
};

describe('exits of a run', () => {
  let run = '';
  beforeAll(async () => {
    run = await train({
      name: 'supervised',
      objectives: [
        'cross-entropy',
        ['deeply-supervised-nets', { taps: ['stage2'] }],
        ['contrastive-deep-supervision', { taps: ['stage1'] }],
      ],
    });
  });

  it('are what was trained at a tap, else what can be read from its head, else from its map', async () => {
    const { exits, outside, metrics, samples } = await evaluateRun({
      ...{ run, checkpoint: 'best', split: 'test', say, exits: true },
      outside: { config: parseConfig({ dataset: ['emoji', { limit: 120 }] }), registry },
    });
    expect(exits?.exits.map(({ name, from }) => [name, from])).toEqual([
      ['stage1', 'fitted to the head of contrastive-deep-supervision'],
      ['stage2', 'trained by deeply-supervised-nets'],
      ['stage3', 'fitted to the pooled map'],
      ['end', 'the network itself'],
    ]);
    const { exits: all, whole, curve, chosen, threshold, onValidation } = exits!;
    expect(all.at(-1)?.accuracy).toBeCloseTo(metrics['accuracy']!, 9);
    const costs = all.map(({ multiplyAdds }) => multiplyAdds);
    expect([...costs].sort((a, b) => a - b)).toEqual(costs);
    expect(costs.at(-1)).toBeGreaterThan(whole);
    expect(curve.at(-1)).toMatchObject({
      threshold: Infinity,
      accuracy: all.at(-1)!.accuracy,
      cost: costs.at(-1),
    });
    expect(curve[0]).toMatchObject({ threshold: 0, accuracy: all[0]!.accuracy, cost: costs[0] });
    expect(chosen.shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(curve.find((point) => point.threshold === threshold)).toMatchObject({ ...chosen });
    expect(onValidation.cost).toBeLessThanOrEqual(costs.at(-1)!);
    for (const { before, after, temperature } of all)
      expect([before.nll, after.nll, before.ece, after.ece, temperature].every((v) => v > 0)).toBe(true);
    expect(samples).toBeGreaterThan(20);
    expect(Object.keys(outside!.byTap)).toEqual(['stage1', 'stage2', 'stage3', 'stage4']);
    for (const name of ['taps', 'exits'] as const) expect(outside!.scores[name]!.auroc).toBeGreaterThan(0);
  });

  it('are exported with the model: plain tfjs names as many test images rightly at each, and leaves as many', async () => {
    const folder = path.join(runs, 'model');
    const { about } = await exportRun({ run, folder, exits: true, say });
    expect(about).toMatch(/logits of stage1, logits of stage2, logits of stage3, logits of end/);
    const { exits } = await evaluateRun({ run, checkpoint: 'best', split: 'test', say, exits: true });
    const [model, { test }] = [await loaded(folder), await openEmoji()];
    const labels = classesOf(test);
    const pixels = await test.read(Array.from(labels, (_, i) => i));
    const shape = [labels.length, ...test.size, 3];
    const made = model.predict(tensor(Float32Array.from(pixels), shape)) as Tensor[];
    const told = model.getUserDefinedMetadata() as unknown as ExitsMetadata;
    for (const [e, { name, accuracy, temperature, multiplyAdds }] of exits!.exits.entries()) {
      const [logits, classes] = [made[e]!.dataSync(), made[e]!.shape[1]!];
      const right = labels.filter(
        (label, i) => namedClass(logits.subarray(i * classes, (i + 1) * classes)) === label,
      );
      expect(right.length / labels.length, name).toBeCloseTo(accuracy, 9);
      expect(told.exits[e]).toMatchObject({ part: name, multiplyAdds });
      expect(told.exits[e]!.temperature / temperature).toBeCloseTo(1, 3);
    }
    expect(told.exits[0]!.threshold).toBe(Math.min(2, exits!.threshold));
    const scores = made.at(-1)!;
    expect(scores.shape).toEqual([labels.length, 1]);
    const inside = scores.dataSync().filter((score) => score >= told.insideFrom).length;
    expect(inside / labels.length).toBeGreaterThan(0.6);
  });

  it('are refused by a format without a place for them', async () => {
    const folder = path.join(runs, 'other');
    await expect(exportRun({ run, folder, format: 'safetensors', exits: true })).rejects.toThrow(
      /"safetensors" has no place for early exits.*--format tfjs/,
    );
  });
});
