/**
 * Trains a narrow ResNet-18 for many steps as users do, and watches the process: memory, tensors, and how long the event
 * loop was held up:
 *
 *   npm run bench:endurance -- [--steps 1000]
 *
 * Then times how long full networks take to be traced into graphs, up to the end of their first step.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { memory } from '@tensorflow/tfjs-core';
import { buildNetwork, optimizerState, prepareTraining, trainingStep } from '../packages/core/src/index.ts';
import { compiledRunner, loadEngine } from '../packages/engine/src/index.ts';
import { experimentOf, inputsOf, noiseSamples } from './step/experiment.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000' },
    models: { type: 'string', default: 'resnet18,resnet101' },
  },
});
const steps = Number(values.steps);
console.log((await loadEngine()).description);

const watch = async (): Promise<void> => {
  const samples = noiseSamples({ length: 512, size: 32, classes: 10 });
  const experiment = experimentOf(samples, { batch: 8, classes: 10, width: 0.25, views: true });
  const runner = compiledRunner();
  const training = await prepareTraining({ ...experiment, epochs: Math.ceil(steps / 64) }, { runner });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const marks = new Set([10, steps / 4, steps / 2, steps].map(Math.round));
  for await (const event of training.events()) {
    if (event.type !== 'step') continue;
    if (event.step === 9) delay.enable(); // the first step is traced, which holds the loop up
    if (!marks.has(event.step + 1)) continue;
    const { numTensors } = memory();
    const rss = (process.memoryUsage().rss / 1e6).toFixed(0);
    console.log(`step ${event.step + 1}: ${rss} MB resident, ${numTensors} tensors in tfjs`);
    if (event.step + 1 === steps) break;
  }
  delay.disable();
  const [longest, usual] = [delay.max, delay.percentile(99)].map((ns) => (ns / 1e6).toFixed(1));
  console.log(
    `event loop from step 10 on: longest turn ${longest} ms, 99 % within ${usual} ms (5 ms is idle)`,
  );
  training.dispose();
  runner.dispose();
};

const time = async (model: string): Promise<void> => {
  const samples = noiseSamples({ length: 4, size: 32, classes: 100 });
  const experiment = experimentOf(samples, { model, batch: 4, classes: 100 });
  const network = await buildNetwork(experiment);
  const runner = compiledRunner();
  const step = runner.step('train', trainingStep(experiment, network, optimizerState(experiment, network)));
  const inputs = await inputsOf(samples);
  const timed = async (): Promise<number> => {
    const [started, before] = [performance.now(), process.cpuUsage()];
    await step.run(inputs);
    const { user, system } = process.cpuUsage(before);
    console.log(
      `  ${model}: ${(performance.now() - started).toFixed(0)} ms, CPU ${((user + system) / 1000).toFixed(0)} ms`,
    );
    return performance.now() - started;
  };
  const [first] = [await timed(), await timed()];
  const usual = await timed();
  console.log(
    `${model}: traced, set up and run once in ${(first / 1000).toFixed(1)} s; a step of 4 images takes ${(usual / 1000).toFixed(1)} s`,
  );
  runner.dispose();
};

await watch();
for (const model of values.models.split(',').filter(Boolean)) await time(model);
