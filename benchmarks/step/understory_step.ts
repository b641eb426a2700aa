/**
 * The step of contrastive deep supervision as users of Understory run it, for `compare.ts`: reads commands from
 * standard input, a line each. `step` runs one step and answers with its wall and CPU milliseconds and its loss,
 * `memory` answers with the peak resident memory in bytes, `profile` with what the ops took.
 */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  buildNetwork,
  float32,
  int32,
  optimizerState,
  parameterCount,
  trainingStep,
  uint8,
} from '../../packages/core/src/index.ts';
import type { Experiment, NdArrays, Samples } from '../../packages/core/src/index.ts';
import { resnet, type ResNetVariant } from '../../packages/backbones/src/index.ts';
import { compiledRunner, loadEngine, type CompiledRunnerOptions } from '../../packages/engine/src/index.ts';
import { crossEntropy as crossEntropyLoss, supCon } from '../../packages/losses/src/index.ts';
import { sgd } from '../../packages/optimizers/src/index.ts';
import { contrastiveDeepSupervision, crossEntropy, sepConv } from '../../packages/supervision/src/index.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    classes: { type: 'string', default: '100' },
    options: { type: 'string', default: '{}' },
  },
});
const batch = Number(values.batch);
const size = Number(values.size);
const classes = Number(values.classes);

const answer = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

const samplesOf = (): Samples => {
  const images = Uint8Array.from(
    { length: batch * size * size * 3 },
    (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255,
  );
  const labels = Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes);
  return { length: batch, size: [size, size], labels, read: () => Promise.resolve(images), describe: String };
};

const experimentOf = (samples: Samples): Experiment => ({
  name: 'benchmark',
  seed: 1,
  epochs: 1,
  dataset: {
    name: 'noise',
    classes: Array.from({ length: classes }, (_, i) => String(i)),
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    train: samples,
    validation: samples,
    test: samples,
    skipped: [],
  },
  streams: [{ name: 'train', samples, batch, views: [[], []], labelled: true }],
  lastBatch: 'drop',
  backbone: (request) => resnet({ variant: values.model as ResNetVariant, ...request }),
  objectives: [
    crossEntropy({ loss: crossEntropyLoss() }),
    contrastiveDeepSupervision({ loss: supCon({ temperature: 0.07 }), head: sepConv() }),
  ],
  optimizer: sgd({ momentum: 0.9, weightDecay: 5e-4 }),
  schedule: () => () => 0.01,
  metrics: [],
  selectOn: 'test',
  teacher: () => Promise.reject(new Error('No teacher here')),
});

const inputsOf = async (samples: Samples): Promise<NdArrays> => ({
  rate: float32([0.01], []),
  step: float32([0], []),
  epoch: float32([0], []),
  seed: int32([1, 2], [2]),
  'train/images': uint8(await samples.read([]), [batch, size, size, 3]),
  'train/labels': int32(samples.labels, [batch]),
  'train/positions': int32(samples.labels, [batch]),
});

const started = performance.now();
const engine = await loadEngine();
const samples = samplesOf();
const experiment = experimentOf(samples);
const network = await buildNetwork(experiment);
const fn = trainingStep(experiment, network, optimizerState(experiment, network));
const runner = compiledRunner(JSON.parse(values.options) as CompiledRunnerOptions);
const step = runner.step('train', fn);
const inputs = await inputsOf(samples);
const modules = [network.backbone.model, ...Object.values(network.modules)];
answer({
  ready: engine.description,
  parameters: modules.reduce((sum, model) => sum + parameterCount(model), 0),
});

const commands: Record<string, () => Promise<object>> = {
  async step() {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    const { loss } = await step.run(inputs);
    const { user, system } = process.cpuUsage(cpu);
    return { wall: performance.now() - wall, cpu: (user + system) / 1000, loss: loss!.data[0] };
  },
  memory: () =>
    Promise.resolve({
      memory: process.resourceUsage().maxRSS * 1024,
      sinceStart: performance.now() - started,
    }),
  profile: () => step.profile(inputs),
};

for await (const line of createInterface({ input: process.stdin })) answer(await commands[line.trim()]!());
runner.dispose();
