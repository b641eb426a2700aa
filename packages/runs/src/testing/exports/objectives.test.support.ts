import path from 'node:path';
import { parseConfig, type ExperimentInput } from '@understory/config';
import { eagerRunner, OBJECTIVE, UnderstoryError, type Registry, type Spec } from '@understory/core';
import { runExperiment } from '../../run/runExperiment.ts';
import { exportRun } from '../../use/export/exportRun.ts';
import type { ComparedExport } from './compareExports.test.support.ts';
import { formatText, LAYOUTS } from './formats.test.support.ts';

const shared = {
  dataset: ['emoji', { limit: 18 }],
  backbone: ['resnet18', { width: 0.03125 }],
  batch: 9,
  epochs: 1,
  lastBatch: 'drop',
  schedule: ['constant', { rate: 1e-4 }], // some methods' terms are large, and would make one class certain
} satisfies ExperimentInput;

type Train = (config: ExperimentInput) => Promise<string>;

/** Trains a config for an epoch of a few steps; gives the run's folder. */
const trainer =
  (registry: Registry, runs: string): Train =>
  async (config) => {
    const { run, training } = await runExperiment({
      ...{ registry, runs, runner: eagerRunner(), folder: runs, say: () => undefined },
      config: parseConfig({ ...shared, ...config }),
    });
    training.dispose();
    return run.folder;
  };

/** Ways to train by an objective: alone, beside the task's own, with a teacher, with a second stream; the first that it takes counts. */
const waysFor = (name: string, teachers: readonly string[]): readonly ExperimentInput[] => {
  const task: Spec = 'cross-entropy';
  const taught = teachers.map((run): Spec => [name, { teacher: { run } }]);
  const unlabelled = { labelled: 0.5, batch: 9 };
  const ways: readonly Omit<ExperimentInput, 'dataset'>[] = [
    { objectives: [task, name] },
    { objectives: [name] },
    ...taught.map((spec) => ({ objectives: [task, spec] })),
    { objectives: [[task, { stream: 'labelled' }], name], unlabelled },
    { objectives: [name], unlabelled },
  ];
  return ways.map((way) => ({ ...shared, ...way, name }));
};

const trainedBy = async (train: Train, name: string, teachers: readonly string[]): Promise<string> => {
  const refusals: string[] = [];
  for (const config of waysFor(name, teachers))
    try {
      return await train(config);
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      refusals.push(error.message);
    }
  throw new UnderstoryError('options', refusals.join(' | '));
};

/** Exports a run by every format that runs, as a user would, and compares. */
const compareRun = async (run: string): Promise<readonly ComparedExport[]> => {
  const compared: ComparedExport[] = [];
  for (const format of LAYOUTS.filter((spec) => spec !== 'safetensors')) {
    const folder = path.join(run, 'exported', formatText(format));
    const { verified } = await exportRun({ run, folder, format, verify: true, overwrite: true });
    if (verified === undefined) throw new Error(`${formatText(format)} was not run.`);
    const { runtime, differences } = verified;
    compared.push({ format: formatText(format), runtime, apart: Math.max(...Object.values(differences)) });
  }
  return compared;
};

/** Trains by every objective of whole images that a registry knows, and exports each run. */
export async function* exportEveryObjective(
  registry: Registry,
  out: string,
  only: readonly string[] | undefined,
): AsyncGenerator<readonly [name: string, compared: readonly ComparedExport[]]> {
  const train = trainer(registry, path.join(out, 'runs'));
  const branches: Spec = ['layered-self-supervision', { mimicWeight: 0 }];
  const teachers = [
    await train({
      ...shared,
      name: 'teacher',
      objectives: ['cross-entropy', 'contrastive-deep-supervision'],
    }),
    await train({ ...shared, name: 'branched-teacher', objectives: ['cross-entropy', branches] }),
  ];
  for (const { name } of registry.list(OBJECTIVE)) {
    if (only && !only.includes(name)) continue;
    try {
      yield [name, await compareRun(await trainedBy(train, name, teachers))];
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      // Detectors are exported with their tasks, on made networks.
      const why = error.message.includes('target "boxes"') ? { refused: true } : { fault: error.message };
      yield [name, [{ format: 'run', runtime: '', apart: NaN, ...why }]];
    }
  }
}
