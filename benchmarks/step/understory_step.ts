/**
 * The step of contrastive deep supervision as users of Understory run it, for `bench.ts`: reads commands from
 * standard input, a line each. `step` runs one step and answers with its wall and CPU milliseconds and its loss,
 * `memory` answers with the peak resident memory in bytes, `profile` with what the ops took.
 */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { buildNetwork, optimizerState, parameterCount, trainingStep } from '../../packages/core/src/index.ts';
import { compiledRunner, loadEngine, type CompiledRunnerOptions } from '../../packages/engine/src/index.ts';
import { experimentOf, inputsOf, noiseSamples } from './experiment.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    classes: { type: 'string', default: '100' },
    options: { type: 'string', default: '{}' },
  },
});
const answer = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

const [batch, size, classes] = [Number(values.batch), Number(values.size), Number(values.classes)];
const started = performance.now();
const engine = await loadEngine();
const samples = noiseSamples({ length: batch, size, classes });
const experiment = experimentOf(samples, { model: values.model, batch, classes });
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
