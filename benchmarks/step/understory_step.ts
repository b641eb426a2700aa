/**
 * The step of contrastive deep supervision as users of Understory run it, for `bench.ts`; `profile` says what its ops took. Where
 * TF_CONFIG names several workers, this is one of them, on its share of the batch; `sums` says how its sums went. `--as 4,0` computes all
 * that the first of four computes, and sums nothing.
 */
import { parseArgs } from 'node:util';
import { buildNetwork, optimizerState, parameterCount, trainingStep } from '../../packages/core/src/index.ts';
import {
  compiledRunner,
  loadEngine,
  type CompiledRunnerOptions,
  type NodeTime,
} from '../../packages/engine/src/index.ts';
import { readTfConfig } from '../../packages/runs/src/workers/tfConfig.ts';
import { sumTimesOf } from '../../packages/engine/src/compile/run/sumTimes.ts';
import { posing } from '../workers/posing.ts';
import { answerLines, timed } from './answer.ts';
import { experimentOf, inputsOf, noiseSamples } from './experiment.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    classes: { type: 'string', default: '100' },
    width: { type: 'string', default: '1' },
    options: { type: 'string', default: '{}' },
    as: { type: 'string', default: '' },
  },
});
const { TF_CONFIG: workplace, UNDERSTORY_SHARED: shared } = process.env;
const cluster =
  workplace === undefined
    ? undefined
    : { ...readTfConfig(workplace), ...(shared !== undefined && { shared: Number(shared) }) };
const [batch, size, classes] = [Number(values.batch), Number(values.size), Number(values.classes)];

/** A sum of less than a MB: of embeddings, labels and losses, which nothing can hide, and not of gradients. */
const isSmallSum = ({ op, outputs }: NodeTime): boolean =>
  /^Collective|^UnderstorySharedTake$/.test(op) &&
  (outputs[0]?.shape ?? []).reduce((a, b) => a * b, 4) < 2 ** 20;

await answerLines(async () => {
  const engine = await loadEngine();
  const samples = noiseSamples({ length: batch, size, classes });
  const experiment = experimentOf(samples, {
    ...{ model: values.model, batch, classes },
    width: Number(values.width),
  });
  const network = await buildNetwork(experiment);
  const runner = compiledRunner({ ...(JSON.parse(values.options) as CompiledRunnerOptions), cluster });
  const [of = 1, rank = 0] = values.as.split(',').map(Number);
  const workers = of > 1 ? posing(of, rank) : runner.workers;
  const fn = trainingStep(experiment, network, optimizerState(experiment, network), { ...runner, workers });
  const step = runner.step('train', fn);
  const inputs = await inputsOf(samples, workers);
  const modules = [network.backbone.model, ...Object.values(network.modules)];
  return {
    ready: engine.description,
    parameters: modules.reduce((sum, model) => sum + parameterCount(model), 0),
    commands: {
      async step() {
        const [{ loss }, times] = await timed(() => step.run(inputs));
        return { ...times, loss: loss!.data[0] };
      },
      profile: () => step.profile(inputs),
      async sums() {
        const { nodes } = await step.profile(inputs);
        return { all: sumTimesOf(nodes), buckets: sumTimesOf(nodes.filter((node) => !isSmallSum(node))) };
      },
    },
  };
});
