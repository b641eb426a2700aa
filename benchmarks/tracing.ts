/**
 * How long full networks take to be traced into graphs and set up in a session:
 *
 *   npm run bench:tracing -- [--models resnet18,resnet101]
 */
import { parseArgs } from 'node:util';
import { loadEngine } from '../packages/engine/src/index.ts';
import { timed } from './step/answer.ts';
import { experimentOf, noiseSamples, openStep } from './step/experiment.ts';

const { values } = parseArgs({ options: { models: { type: 'string', default: 'resnet18,resnet101' } } });
const IMAGES = 4;
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

const trace = async (model: string): Promise<void> => {
  const samples = noiseSamples({ length: IMAGES, size: 32, classes: 100 });
  const experiment = experimentOf(samples, { model, batch: IMAGES, classes: 100 });
  const { runner, step, inputs } = await openStep(samples, experiment);
  const [, first] = await timed(() => step.run(inputs));
  const [, second] = await timed(() => step.run(inputs));
  const [, third] = await timed(() => step.run(inputs));
  const usual = Math.min(second.wall, third.wall);
  const usualCpu = Math.min(second.cpu, third.cpu);
  console.log(
    `${model}: traced and set up in ${seconds(first.wall - usual)} (CPU ${seconds(first.cpu - usualCpu)}); ` +
      `a step of ${IMAGES} images takes ${seconds(usual)} (CPU ${seconds(usualCpu)})`,
  );
  runner.dispose();
};

console.log((await loadEngine()).description);
for (const model of values.models.split(',').filter(Boolean)) await trace(model);
