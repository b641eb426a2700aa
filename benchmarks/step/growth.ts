/**
 * One measurement of benchmarks/growth.ts, in a process of its own: `growth.ts <what> <how much> …` prints its CPU time in
 * milliseconds and the peak resident memory in MB as JSON.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { grads, type Tensor2D } from '@tensorflow/tfjs-core';
import { LABEL, float32, int32, type NdArrays, type Step } from '../../packages/core/src/index.ts';
import { compiledRunner, loadEngine } from '../../packages/engine/src/index.ts';
import { blockwiseSupCon, supCon } from '../../packages/losses/src/index.ts';
import {
  evaluateRun,
  openConfig,
  openRegistry,
  openRunner,
  reportRuns,
  runExperiment,
} from '../../packages/runs/src/index.ts';
import { timed } from './answer.ts';
import { experimentOf, noiseSamples, openStep } from './experiment.ts';

const say = (): void => undefined;

/** The shortest CPU time of some runs after the first one, which traces, and that one's in addition to it. */
const timeOf = async (
  step: Step,
  inputs: NdArrays,
  runs = 4,
): Promise<{ usual: number; tracing: number }> => {
  const [, first] = await timed(() => step.run(inputs));
  let usual = Infinity;
  for (let i = 0; i < runs; i++) usual = Math.min(usual, (await timed(() => step.run(inputs)))[1].cpu);
  return { usual, tracing: first.cpu - usual };
};

/** A step of contrastive deep supervision, the batch in parts of 32 images. */
const trainingTime = async (model: string, batch: number, width: number) => {
  await loadEngine();
  const samples = noiseSamples({ length: batch, size: 32, classes: 100 });
  const experiment = {
    ...experimentOf(samples, { model, batch, classes: 100, width }),
    microBatches: Math.max(1, batch / 32),
  };
  const { step, inputs } = await openStep(samples, experiment);
  return timeOf(step, inputs);
};

/** A contrastive loss of so many rows of 128 numbers, with its gradient. */
const lossTime = async (name: string, rows: number) => {
  await loadEngine();
  const loss = name === 'supcon' ? supCon() : blockwiseSupCon();
  const step = compiledRunner().step('loss', ({ features, [LABEL]: labels }) => {
    const [gradient] = grads((x) => loss(x as Tensor2D, labels as never))([features!]);
    return { gradient: gradient! };
  });
  const features = float32(
    Float32Array.from({ length: rows * 128 }, (_, i) => Math.sin(i * i)),
    [rows, 128],
  );
  const labels = int32(
    Int32Array.from({ length: rows / 2 }, (_, i) => i % 10),
    [rows / 2],
  );
  return timeOf(step, { features, [LABEL]: labels }, 8);
};

/** An IDX file: two zeros, the type (bytes), how many dimensions, their sizes, and the bytes. */
const idx = (sizes: readonly number[], at: (i: number) => number): Buffer => {
  const count = sizes.reduce((product, size) => product * size, 1);
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([head, Buffer.from(Uint8Array.from({ length: count }, (_, i) => at(i)))]);
};

const SIDE = 16;

/** A small network, trained for one epoch on 512 grey pictures, and so many to test it on. */
const trainedOn = async (work: string, tests: number): Promise<string> => {
  const root = path.join(work, 'data');
  await mkdir(root, { recursive: true });
  for (const [name, count] of Object.entries({ train: 512, t10k: tests })) {
    const pixels = idx([count, SIDE, SIDE], (i) => Math.imul(i, 2654435761) >>> 24);
    await writeFile(path.join(root, `${name}-images-idx3-ubyte`), pixels);
    await writeFile(
      path.join(root, `${name}-labels-idx1-ubyte`),
      idx([count], (i) => i % 10),
    );
  }
  const file = path.join(work, 'config.json');
  const config = {
    ...{ name: 'growth', dataset: ['idx', { root }], backbone: ['resnet18', { width: 0.125 }] },
    ...{ batch: 64, epochs: 1, optimizer: 'sgd', schedule: ['cosine', { rate: 0.01 }], views: [[], []] },
    objectives: ['cross-entropy', 'contrastive-deep-supervision'],
  };
  await writeFile(file, JSON.stringify(config));
  const { config: checked } = await openConfig([file], []);
  const engine = { ...checked.engine, precision: 'float32' } as const;
  const registry = await openRegistry([], work);
  const runner = await openRunner(engine, say);
  const { run } = await runExperiment({
    ...{ registry, runner, config: checked, folder: work, runs: path.join(work, 'runs'), say },
    untested: true,
  });
  return run.folder;
};

const [what = '', many = '', more = '', work = ''] = process.argv.slice(2);
const count = Number(many);

const measured = async (): Promise<object> => {
  if (what === 'step') return trainingTime('resnet18', count, Number(more));
  if (what === 'network') return trainingTime(many, 4, 1);
  if (what === 'loss') return lossTime(more, count);
  const run = await trainedOn(work, count);
  const look =
    more === 'report'
      ? () => reportRuns({ runs: [run], command: 'growth', say })
      : () => evaluateRun({ run, checkpoint: 'last', split: 'test', say });
  const [, { cpu }] = await timed<unknown>(look);
  return { usual: cpu };
};

const before = process.resourceUsage().maxRSS;
const found = await measured();
process.stdout.write(
  `${JSON.stringify({ ...found, memory: process.resourceUsage().maxRSS / 1024, before: before / 1024 })}\n`,
);
process.exit();
