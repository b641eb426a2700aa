import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig, type ExperimentInput } from '@understory/config';
import {
  BACKBONE,
  HEAD,
  callbacks,
  eagerRunner,
  float32,
  seedOf,
  type Spec,
  type StepEvent,
} from '@understory/core';
import { cdsHeads, fromModel, headAt, namesFor } from '@understory/interop';
import { writeWeights } from '@understory/interop/node';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { beforeAll, describe, expect, it } from 'vitest';
import { blankTeachers } from './loadTeacher.ts';
import { runExperiment } from '../run/runExperiment.ts';
import { readRun } from '../run/runInfo.ts';
import { networkOf } from './loadNetwork.ts';

const runs = mkdtempSync(path.join(tmpdir(), 'teachers-'));
const registry = createRegistry(defaultPlugins);

const shared = {
  dataset: ['emoji', { limit: 16 }],
  backbone: ['resnet18', { width: 0.03125 }],
  batch: 8,
  epochs: 1,
  schedule: ['constant', { rate: 0.01 }],
  metrics: ['accuracy'],
} satisfies ExperimentInput;

/** Trains a config; gives the run's folder and its last step. */
const train = async (config: Partial<ExperimentInput>): Promise<{ folder: string; last: StepEvent }> => {
  const steps: StepEvent[] = [];
  const { run, training } = await runExperiment({
    ...{ registry, runs, runner: eagerRunner(), folder: runs, say: console.warn },
    config: parseConfig({ ...shared, ...config }),
    reporters: [callbacks({ step: (event) => void steps.push(event) })],
  });
  training.dispose();
  return { folder: run.folder, last: steps.at(-1)! };
};

const distilled = (method: string, teacher: unknown): Promise<{ last: StepEvent }> =>
  train({ name: 'student', objectives: ['cross-entropy', [method, { teacher }]] });

const finite = ({ last }: { last: StepEvent }): void =>
  expect(Object.values(last.terms).every(Number.isFinite), JSON.stringify(last.terms)).toBe(true);

describe('a teacher is', () => {
  let run = '';
  beforeAll(async () => {
    const memory: Spec = ['contrastive-representation', { teacher: { ema: 0.9 }, negatives: 8, width: 4 }];
    const objectives = ['cross-entropy', 'contrastive-deep-supervision', memory];
    ({ folder: run } = await train({
      name: 'teacher',
      backbone: ['resnet18', { width: 0.125 }],
      objectives,
    }));
  });

  it('a run, with its heads, whatever else it was trained with', async () =>
    finite(await distilled('cds-distillation', { run })));

  it('a run whose heads were weighed by its classes, or learned from a twin', async () => {
    const { folder } = await train({
      name: 'heads',
      dataset: ['emoji', { limit: 45 }],
      objectives: [
        'cross-entropy',
        ['deeply-supervised-nets', { classWeights: 'balanced' }],
        'bootstrap-deep-supervision',
      ],
    });
    const { info } = await readRun(folder);
    const { modules } = await networkOf(registry, info, true);
    const owners = new Set(Object.keys(modules).map((name) => name.split('/')[0]));
    expect(owners).toEqual(new Set(['deeply-supervised-nets', 'bootstrap-deep-supervision']));
  });

  it('one of its checkpoints', async () =>
    finite(await distilled('cds-distillation', { run: path.join(run, 'checkpoints/last.safetensors') })));

  it('a run with labelled and unlabelled images, which kept an average of its weights', async () => {
    const { folder } = await train({
      name: 'semi',
      unlabelled: { labelled: 0.5, batch: 8 },
      lastBatch: 'drop',
      objectives: ['contrastive-semi-supervision'],
      average: 0.9,
    });
    finite(await distilled('cds-distillation', { run: folder }));
  });

  const backbone: Spec = ['resnet18', { width: 0.125 }];

  it('a checkpoint without its run', async () => {
    const weights = path.join(runs, 'moved.safetensors');
    copyFileSync(path.join(run, 'checkpoints/best.safetensors'), weights);
    finite(await distilled('knowledge-distillation', { weights, backbone }));
    await expect(distilled('knowledge-distillation', { run: weights })).rejects.toThrow(
      /is a weights file, not a run. Write .*"weights".*"backbone"/s,
    );
  });

  it('a checkpoint without its run, with the heads that lie in it', async () => {
    const weights = path.join(runs, 'moved.safetensors');
    finite(await distilled('cds-distillation', { weights, backbone }));
  });

  it("a file of the released code's, with its heads", async () => {
    const made = registry.make(BACKBONE, backbone)({ classes: 9, size: [32, 32], seed: seedOf(1) });
    const head = registry.make(HEAD, 'sepconv');
    const file = await fromModel(made.model, namesFor(made, 'official'));
    for (const stage of [1, 2, 3])
      Object.assign(file, await fromModel(headAt(made, stage - 1, head), cdsHeads(stage)));
    const saved = Object.entries(file).map(([name, tensor]) => [`module.${name}`, tensor] as const);
    const weights = path.join(runs, 'official.safetensors');
    await writeWeights(weights, Object.fromEntries(saved));
    finite(await distilled('cds-distillation', { weights, backbone }));
    const told = { weights, backbone, names: 'official', prefix: 'module.', head: 'sepconv' };
    finite(await distilled('cds-distillation', told));
    const bare = path.join(runs, 'bare.safetensors');
    await writeWeights(bare, Object.fromEntries(saved.filter(([name]) => !name.includes('auxiliary'))));
    await expect(distilled('cds-distillation', { weights: bare, backbone })).rejects.toThrow(
      /has no projection heads\. .*weights file that holds its heads/,
    );
    finite(await distilled('knowledge-distillation', { weights, backbone }));
    const wrong = distilled('knowledge-distillation', { weights, backbone, prefix: 'net.' });
    await expect(wrong).rejects.toThrow(
      /official\.safetensors: The file has no weight after the prefix "net\.".*Leave prefix out/,
    );
  });

  it('built without its weights for a black box, with the heads that the box holds weights of', async () => {
    const request = { classes: 9, size: [32, 32] } as const;
    const held = [{ 'cds/stage1/sep1/norm1/gamma': float32([1], [1]), 'backbone/a': float32([1], [1]) }, {}];
    const teacher = blankTeachers(registry, {}, held);
    const [headed, bare] = [
      await teacher({ weights: 'gone.pth', backbone }, request),
      await teacher({ weights: 'gone.pth', backbone }, request),
    ];
    expect([Object.keys(headed.modules), Object.keys(bare.modules)]).toEqual([['cds/stage1'], []]);
  });

  it("a file with another code's names, of a backbone that is named", async () => {
    const made = registry.make(BACKBONE, backbone)({ classes: 9, size: [32, 32], seed: seedOf(1) });
    const weights = path.join(runs, 'timm.safetensors');
    await writeWeights(weights, await fromModel(made.model, namesFor(made, 'timm')));
    finite(await distilled('attention-transfer', { weights, backbone }));
    const other = distilled('attention-transfer', { weights, backbone: 'resnet34' });
    await expect(other).rejects.toThrow(/do not fit the network\. Missing \(80\): layer1\.2/);
  });
});
