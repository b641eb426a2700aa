/**
 * Trains a network for many steps as users do, with evaluation, checkpoints on disk and files for TensorBoard, and
 * watches the process: memory, tensors, and how long the event loop was held up, by what happened meanwhile:
 *
 *   npm run bench:endurance -- [--steps 1000] [--files <folder or tar of images>] [--width 1] [--batch 8]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { memory } from '@tensorflow/tfjs-core';
import { DATASET, METRIC, prepareTraining, seedOf } from '../packages/core/src/index.ts';
import type { Dataset, Experiment, Runner, Step } from '../packages/core/src/index.ts';
import { compiledRunner, loadEngine } from '../packages/engine/src/index.ts';
import {
  checkpointStore,
  metricsReporter,
  tensorboardReporter,
} from '../packages/tracking/src/node/index.ts';
import { cifarViews, experimentOn, openFiles, registry } from './step/experiment.ts';
import { Turns } from './turns.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000' },
    files: { type: 'string' },
    model: { type: 'string', default: 'resnet18' },
    width: { type: 'string', default: '1' },
    batch: { type: 'string', default: '8' },
    every: { type: 'string', default: '100' },
  },
});
const steps = Number(values.steps);

/** Leaves each step's first run out: it is traced, which holds the loop up by nature. */
const withoutTraces = (runner: Runner, turns: Turns): Runner => ({
  ...runner,
  step(name, fn, options): Step {
    const step = runner.step(name, fn, options);
    let traced = false;
    return {
      dispose: () => step.dispose(),
      async run(inputs) {
        if (traced) return step.run(inputs);
        traced = true;
        turns.stop();
        const result = await step.run(inputs);
        turns.start();
        return result;
      },
    };
  },
});

const experimentFor = async (): Promise<Experiment> => {
  const dataset: Dataset =
    values.files === undefined
      ? await registry.make(DATASET, 'emoji')({ seed: seedOf(1).at('dataset') })
      : await openFiles(values.files, 32);
  const task = { model: values.model, width: Number(values.width), batch: Number(values.batch) };
  const made = experimentOn(dataset, { ...task, views: cifarViews() });
  const perEpoch = Math.floor(dataset.train.length / task.batch);
  return {
    ...made,
    epochs: Math.max(1, Math.ceil(steps / perEpoch)),
    metrics: ['accuracy', 'calibration', 'nll'].map((name) => registry.make(METRIC, name)),
    selectOn: 'validation',
  };
};

const watch = async (folder: string): Promise<void> => {
  const turns = new Turns();
  const experiment = await experimentFor();
  const own = compiledRunner();
  const store = checkpointStore(folder);
  const runner = withoutTraces(own, turns);
  const training = await prepareTraining(experiment, {
    runner,
    store,
    checkpointEvery: Number(values.every),
  });
  const reporters = [
    metricsReporter({ file: path.join(folder, 'metrics.jsonl') }),
    tensorboardReporter({ folder: path.join(folder, 'tensorboard') }),
  ];
  const marks = new Set([10, steps / 4, steps / 2, (3 * steps) / 4, steps].map(Math.round));
  let waiting = 0;
  for await (const event of training.events()) {
    turns.note(event.type);
    for (const reporter of reporters) await reporter.report(event);
    if (event.type !== 'step') continue;
    waiting += event.waiting;
    if (!marks.has(event.step + 1)) continue;
    const rss = (process.memoryUsage().rss / 1e6).toFixed(0);
    console.log(`step ${event.step + 1}: ${rss} MB resident, ${memory().numTensors} tensors in tfjs`);
    if (event.step + 1 === steps) break;
  }
  for (const reporter of reporters) await reporter.close?.();
  console.log(`longest turns of the event loop, traces left out: ${turns.text()}`);
  console.log(`waiting for the loader: ${((100 * waiting) / steps).toFixed(2)} % of the steps' time`);
  turns.stop();
  training.dispose();
  own.dispose();
};

console.log((await loadEngine()).description);
const folder = await mkdtemp(path.join(tmpdir(), 'endurance-'));
await watch(folder).finally(() => rm(folder, { recursive: true }));
