/**
 * Our networks, for `compare.ts`: reads commands from standard input, a line of JSON each. `load` builds a network,
 * `forward` and `step` run it once, compiled, and answer with wall and CPU milliseconds.
 */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import {
  add,
  mul,
  neg,
  sub,
  variableGrads,
  type Scalar,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { backbonePlugins } from '../../packages/backbones/src/index.ts';
import {
  BACKBONE,
  crossEntropyLoss,
  float32,
  int32,
  parameterCount,
  seedOf,
  variablesOf,
} from '../../packages/core/src/index.ts';
import type { Backbone, NdArrays, Runner, Step, StepFunction } from '../../packages/core/src/index.ts';
import { compiledRunner, loadEngine } from '../../packages/engine/src/index.ts';
import { createRegistry } from '../../packages/registry/src/index.ts';

const CLASSES = 100;

interface Command {
  readonly do: 'load' | 'forward' | 'step';
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly batch: number;
  readonly size: number;
}

interface Loaded {
  readonly backbone: Backbone;
  readonly runner: Runner;
  readonly inputs: NdArrays;
  readonly forward: Step;
  readonly step: Step;
}

const forwardOf =
  ({ model }: Backbone): StepFunction =>
  ({ images, seed }) => ({
    logits: (model.apply(images!, { training: false, seed: seed as Tensor1D }) as Tensor[]).at(-1)!,
  });

/** SGD as PyTorch has it: v ← 0.9 v + (g + wd w), w ← w − rate v. */
const stepOf = ({ model }: Backbone): StepFunction => {
  const variables = Object.values(variablesOf(model, 'backbone', true));
  const velocities = new Map<Variable, Variable>();
  for (const v of variables) velocities.set(v, mul(v, 0).variable(false));
  return ({ images, labels, seed }) => {
    const loss = (): Scalar => {
      const outputs = model.apply(images!, { training: true, seed: seed as Tensor1D }) as Tensor[];
      return crossEntropyLoss(outputs.at(-1) as Tensor2D, labels as Tensor1D);
    };
    const { value, grads } = variableGrads(loss, variables);
    for (const v of variables) {
      const velocity = velocities.get(v)!;
      velocity.assign(add(mul(velocity, 0.9), add(grads[v.name]!, mul(v, 5e-4))));
      v.assign(sub(v, mul(velocity, 0.01)));
    }
    return { loss: neg(neg(value)) };
  };
};

const load = ({ model, options, batch, size }: Command): Loaded => {
  const registry = createRegistry(backbonePlugins);
  const backbone = registry.make(BACKBONE, [model, options])({
    classes: CLASSES,
    size: [size, size],
    seed: seedOf(0),
  });
  const pixels = Float32Array.from(
    { length: batch * size * size * 3 },
    (_, i) => (Math.imul(i, 2654435761) >>> 8) / 2 ** 24,
  );
  const labels = Int32Array.from({ length: batch }, (_, i) => (i * 7) % CLASSES);
  const inputs = {
    images: float32(pixels, [batch, size, size, 3]),
    labels: int32(labels, [batch]),
    seed: int32([1, 2], [2]),
  };
  const runner = compiledRunner();
  return {
    backbone,
    runner,
    inputs,
    forward: runner.step('forward', forwardOf(backbone)),
    step: runner.step('step', stepOf(backbone)),
  };
};

const answer = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
answer({ ready: (await loadEngine()).description });
let loaded: Loaded | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  if (command.do === 'load') {
    loaded?.runner.dispose();
    loaded?.backbone.model.dispose();
    loaded = load(command);
    answer({ parameters: parameterCount(loaded.backbone.model) });
    continue;
  }
  const { inputs, [command.do]: run } = loaded!;
  const { seed, images, labels } = inputs;
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await run.run(
    command.do === 'forward'
      ? { images: images!, seed: seed! }
      : { images: images!, labels: labels!, seed: seed! },
  );
  const { user, system } = process.cpuUsage(cpu);
  answer({ wall: performance.now() - wall, cpu: (user + system) / 1000 });
}
