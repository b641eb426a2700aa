/** One of several workers that only sums: as many bytes as a step's gradients have, in the same parts, for `cost.ts`. */
import { parseArgs } from 'node:util';
import { float32, type Tensor } from '../../packages/core/src/index.ts';
import { meanOverWorkers } from '../../packages/core/src/training/workers/meanOverWorkers.ts';
import { compiledRunner, loadEngine } from '../../packages/engine/src/index.ts';
import { readTfConfig } from '../../packages/runs/src/workers/tfConfig.ts';
import { answerLines, timed } from '../step/answer.ts';

const { values } = parseArgs({ options: { bytes: { type: 'string', default: '48000000' } } });
const PART = 2 ** 20;

await answerLines(async () => {
  const { description } = await loadEngine();
  const runner = compiledRunner({ cluster: readTfConfig(process.env['TF_CONFIG']!) });
  const count = Math.ceil(Number(values.bytes) / PART);
  const inputs = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `part ${i}`,
      float32(new Float32Array(PART / 4).fill(1), [PART / 4]),
    ]),
  );
  // One number of each part comes out: as in training, the sums stay where they are.
  const step = runner.step('ring', (parts) => {
    const means = meanOverWorkers<Tensor>(parts, runner.workers!);
    return Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, mean.slice([0], [1])]));
  });
  return {
    ...{ ready: description, parameters: 0 },
    commands: {
      async step() {
        const [, times] = await timed(() => step.run(inputs));
        return { ...times, loss: 0 };
      },
    },
  };
});
