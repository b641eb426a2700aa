/** One of several workers that only sums: all that its step of training sums, in parts of the same sizes and order, for `cost.ts`. */
import { parseArgs } from 'node:util';
import { fill, slice, type Tensor } from '@tensorflow/tfjs-core';
import {
  buildNetwork,
  float32,
  optimizerState,
  trainingStep,
  type Runner,
} from '../../packages/core/src/index.ts';
import { compiledRunner, loadEngine } from '../../packages/engine/src/index.ts';
import { readTfConfig } from '../../packages/runs/src/workers/tfConfig.ts';
import { answerLines, timed } from '../step/answer.ts';
import { experimentOf, inputsOf, noiseSamples } from '../step/experiment.ts';
import { posing } from './posing.ts';

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '32' },
    width: { type: 'string', default: '1' },
  },
});
const [batch, classes] = [Number(values.batch), 100];

interface Summed {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** What a worker's step sums: seen by a step of one that sums nothing. */
const sumsOf = async (size: number): Promise<readonly Summed[]> => {
  const seen: Summed[] = [];
  const note = ({ shape, dtype }: Tensor): void =>
    void seen.push({ shape, dtype: dtype === 'int32' ? dtype : 'float32' });
  const workers = posing(size, 0, note);
  const samples = noiseSamples({ length: batch, size: 32, classes });
  const experiment = experimentOf(samples, {
    model: 'resnet18',
    batch,
    classes,
    width: Number(values.width),
  });
  const network = await buildNetwork(experiment);
  const runner: Runner = { ...compiledRunner(), workers };
  const step = runner.step(
    'train',
    trainingStep(experiment, network, optimizerState(experiment, network), runner),
  );
  await step.run(await inputsOf(samples, workers));
  runner.dispose();
  return seen;
};

await answerLines(async () => {
  const { description } = await loadEngine();
  const runner = compiledRunner({ cluster: readTfConfig(process.env['TF_CONFIG']!) });
  const { size, sum } = runner.workers;
  const sums = await sumsOf(size);
  // One number of each comes out: as in training, the sums stay where they are.
  const step = runner.step('ring', () =>
    Object.fromEntries(
      sums.map(({ shape, dtype }, i) => {
        const all = sum(fill([...shape], 1, dtype)).flatten();
        return [`sum ${i}`, slice(all, [0], [1])];
      }),
    ),
  );
  const bytes = sums.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 4), 0);
  return {
    ...{ ready: `${description}; ${sums.length} sums, ${(bytes / 1e6).toFixed(1)} MB`, parameters: 0 },
    commands: {
      async step() {
        const [, times] = await timed(() => step.run({ go: float32([1], [1]) }));
        return { ...times, loss: 0 };
      },
    },
  };
});
