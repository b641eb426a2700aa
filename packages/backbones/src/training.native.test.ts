import {
  add,
  memory,
  mul,
  sub,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  crossEntropyLoss,
  eagerRunner,
  variablesOf,
  float32,
  int32,
  mapNamed,
  type Backbone,
  type NdArrays,
  type Runner,
  type StepFunction,
} from '@understory/core';
import { compiledRunner, type CompiledRunnerOptions } from '@understory/engine';
import { describe, expect, it } from 'vitest';
import {
  convnext,
  densenet,
  efficientnet,
  mobilenetV1,
  mobilenetV2,
  mobilenetV3,
  preactResnet,
  resnet,
  senet,
  shufflenet,
  vgg,
  vit,
} from './index.ts';
import { numbers } from './testing/deterministic.ts';

const [BATCH, CLASSES] = [8, 4];
const common = { classes: CLASSES, stem: 'cifar', size: 16, seed: 5 } as const;

// Every source of randomness is on where a family has one.
const FAMILIES: readonly (readonly [string, () => Backbone])[] = [
  ['resnet18', () => resnet({ variant: 'resnet18', width: 0.125, stochasticDepth: 0.5, ...common })],
  ['resnext50', () => resnet({ variant: 'resnext50', width: 0.25, depth: 0.1, ...common })],
  ['senet18', () => senet({ variant: 'senet18', width: 0.25, stochasticDepth: 0.3, ...common })],
  ['preactresnet50', () => preactResnet({ variant: 'preactresnet50', width: 0.125, depth: 0.1, ...common })],
  ['vgg11-bn', () => vgg({ variant: 'vgg11-bn', width: 0.0625, ...common, size: 32 })],
  // At 16 pixels its last batch norms see 8 numbers, and a change of the images by 1e-7 changes the next loss by 1 %.
  ['mobilenetv1', () => mobilenetV1({ variant: 'mobilenetv1', width: 0.25, ...common, size: 32 })],
  ['mobilenetv2', () => mobilenetV2({ variant: 'mobilenetv2', width: 0.25, depth: 0.5, ...common })],
  ['mobilenetv3-small', () => mobilenetV3({ variant: 'mobilenetv3-small', width: 0.5, ...common })],
  ['shufflenetv2-x0.5', () => shufflenet({ variant: 'shufflenetv2-x0.5', depth: 0.5, ...common })],
  ['efficientnet-b0', () => efficientnet({ variant: 'efficientnet-b0', width: 0.5, depth: 0.5, ...common })],
  [
    'densenet121',
    () => densenet({ variant: 'densenet121', width: 0.25, depth: 0.2, dropout: 0.2, ...common }),
  ],
  [
    'convnext-t',
    () => convnext({ variant: 'convnext-t', width: 0.25, depth: 0.4, stochasticDepth: 0.4, ...common }),
  ],
  [
    'vit-s16',
    () =>
      vit({ variant: 'vit-s16', width: 1 / 3, depth: 0.3, dropout: 0.1, stochasticDepth: 0.2, ...common }),
  ],
];

/** The loss, and what every weight learns, whose bits are to be compared. */
const gradientsOf = (backbone: Backbone, { mayRecompute }: Runner): StepFunction => {
  const { model, taps } = backbone;
  const variables = Object.values(variablesOf(model, 'backbone', true));
  return ({ images, labels, seed }) => {
    const { value, grads } = variableGrads(() => {
      const outputs = model.apply(images!, { training: true, seed: seed! as Tensor1D }) as Tensor[];
      const [pooled, logits] = outputs.slice(taps.length) as [Tensor2D, Tensor2D];
      const loss = crossEntropyLoss(logits, labels as Tensor1D);
      const maps = outputs.slice(0, taps.length) as Tensor4D[];
      mayRecompute?.({ images: images as Tensor4D, taps: maps, pooled, outputs: {} }, loss);
      return loss;
    }, variables);
    return { loss: add(value, 0), ...mapNamed(grads, (gradient) => add(gradient, 0)) };
  };
};

const told = async (make: () => Backbone, options: CompiledRunnerOptions) => {
  const [backbone, runner] = [make(), compiledRunner(options)];
  const step = runner.step('gradients', gradientsOf(backbone, runner));
  const inputs = inputsOf(backbone.model.inputs[0]!.shape[1]!, 0);
  const results = Object.values(await step.run(inputs)).map(({ data }) => data);
  const { ops } = await step.profile(inputs);
  runner.dispose();
  backbone.model.dispose();
  return { results, nodes: ops.reduce((sum, { count }) => sum + count, 0) };
};

/** A step of plain gradient descent on cross-entropy, so short that rounding is not multiplied. */
const stepOf = ({ model }: Backbone): StepFunction => {
  const variables = Object.values(variablesOf(model, 'backbone', true));
  return ({ images, labels, seed }) => {
    const loss = (): Scalar => {
      const outputs = model.apply(images!, { training: true, seed: seed! as Tensor1D }) as Tensor[];
      return crossEntropyLoss(outputs.at(-1) as Tensor2D, labels as Tensor1D);
    };
    const { value, grads } = variableGrads(loss, variables);
    for (const v of variables) v.assign(sub(v, mul(grads[v.name]!, 0.00002)));
    return { loss: add(value, 0) };
  };
};

const inputsOf = (side: number, step: number): NdArrays => ({
  images: float32(numbers(BATCH * side * side * 3, 40), [BATCH, side, side, 3]),
  labels: int32(
    Array.from({ length: BATCH }, (_, i) => i % CLASSES),
    [BATCH],
  ),
  seed: int32([step, 7], [2]),
});

const losses = async (make: () => Backbone, runner: Runner): Promise<number[]> => {
  const backbone = make();
  const step = runner.step('train', stepOf(backbone));
  const told: number[] = [];
  for (let i = 0; i < 3; i++)
    told.push((await step.run(inputsOf(backbone.model.inputs[0]!.shape[1]!, i)))['loss']!.data[0]!);
  step.dispose();
  backbone.model.dispose();
  return told;
};

describe('every family learns the same bits where maps are computed again', () => {
  it.each(FAMILIES)('%s', async (_, make) => {
    const held = await told(make, {});
    const again = await told(make, { recompute: true });
    expect(again.results.length).toBeGreaterThan(10);
    expect(again.results).toEqual(held.results);
    expect(again.nodes).toBeGreaterThan(held.nodes);
  });
});

describe('every family trains, the same op by op and compiled', () => {
  it.each(FAMILIES)('%s', async (_, make) => {
    const before = memory().numTensors;
    const eager = await losses(make, eagerRunner());
    expect(memory().numTensors).toBe(before);
    const runner = compiledRunner();
    const compiled = await losses(make, runner);
    runner.dispose();
    expect(eager.every(Number.isFinite)).toBe(true);
    for (const [i, loss] of eager.entries())
      expect(Math.abs(compiled[i]! / loss - 1), `step ${i}`).toBeLessThan(1e-3);
  });
});
