import { expect, it } from 'vitest';
import { streamOf, classLoss, tinyExperiment } from '../testing/index.ts';
import type { Objective } from '../contracts/objective.ts';
import { eagerRunner } from './eagerRunner.ts';
import { callbacks, runToEnd } from './runToEnd.ts';
import { prepareTraining } from './train.ts';

const task: Objective = {
  name: 'task',
  build: () => ({
    modules: {},
    terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }),
  }),
};

it('calls what was given for each kind of event, in order', async () => {
  const seen: string[] = [];
  const experiment = tinyExperiment([task], { steps: 10, streams: [streamOf()] }); // two epochs of five steps
  const training = await prepareTraining(experiment, { runner: eagerRunner() });
  const reporter = callbacks({
    step: ({ step }) => void seen.push(`step ${step}`),
    epoch: ({ epoch }) => void seen.push(`epoch ${epoch}`),
    done: () => void seen.push('done'),
  });
  await runToEnd(training, [reporter]);
  training.dispose();
  const steps = (from: number): string[] => [0, 1, 2, 3, 4].map((i) => `step ${from + i}`);
  expect(seen).toEqual([...steps(0), 'epoch 0', ...steps(5), 'epoch 1', 'done']);
});
