/** A network looking at images as `understory predict` runs it, for `bench.ts --inference`. */
import { parseArgs } from 'node:util';
import {
  buildNetwork,
  inferenceStep,
  parameterCount,
  preprocessingOf,
  uint8,
} from '../../packages/core/src/index.ts';
import { compiledRunner, loadEngine, type CompiledRunnerOptions } from '../../packages/engine/src/index.ts';
import { answerLines, timed } from './answer.ts';
import { experimentOf, noiseSamples } from './experiment.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    classes: { type: 'string', default: '100' },
    options: { type: 'string', default: '{}' },
  },
});
const [batch, size, classes] = [Number(values.batch), Number(values.size), Number(values.classes)];

await answerLines(async () => {
  const engine = await loadEngine();
  const samples = noiseSamples({ length: batch, size, classes });
  const experiment = experimentOf(samples, { model: values.model, batch, classes });
  const network = await buildNetwork(experiment);
  const { task } = experiment;
  const runner = compiledRunner({
    inference: true,
    ...(JSON.parse(values.options) as CompiledRunnerOptions),
  });
  const step = runner.step('infer', inferenceStep(network, { task, ...preprocessingOf(experiment) }));
  const positions = Int32Array.from({ length: batch }, (_, i) => i);
  const images = uint8(await samples.read(positions), [batch, size, size, 3]);
  return {
    ready: engine.description,
    parameters: parameterCount(network.backbone.model),
    commands: {
      async step() {
        const [{ logits }, times] = await timed(() => step.run({ images }));
        return { ...times, loss: logits?.data[0] ?? NaN };
      },
      profile: () => step.profile({ images }),
    },
  };
});
