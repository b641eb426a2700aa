import {
  add,
  div,
  exp,
  mean,
  mul,
  norm,
  scalar,
  square,
  zeros,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import {
  AUGMENTATION,
  BACKBONE,
  CLASSIFICATION_LOSS,
  classSamples,
  DATASET,
  float32,
  LOSS,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  plugin,
  SAMPLER,
  SCHEDULE,
  type AnyPlugin,
  type Augmentation,
  type Backbone,
  type ContrastiveLoss,
  type Dataset,
  type Metric,
  type Token,
  type Transform,
} from '@understory/core';
import { classLoss, tinyBackbone } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conformance, type ConformanceOptions } from './index.ts';

const own = <T>(token: Token<T>, create: () => T): AnyPlugin =>
  plugin({ token, name: 'own', summary: 'Of this test', options: z.strictObject({}), create });

/** What fails, by the check's name. */
const failuresOf = async (
  made: AnyPlugin,
  options: ConformanceOptions = {},
): Promise<Readonly<Record<string, string>>> => {
  const failed: Record<string, string> = {};
  for (const { name, run } of conformance(made, options))
    await run().catch((error: unknown) => (failed[name] = (error as Error).message));
  return failed;
};

const pull = (features: Tensor2D): Scalar => mean(square(features));

const darker = (factor: number): Augmentation => ({
  name: 'darker',
  deterministic: true,
  sample: (streams) => ({
    factor: float32(
      streams.map(() => factor),
      [streams.length],
    ),
  }),
  apply: (images) => mul(images, factor),
});

const constant = (name: string, values: () => number): Metric => ({
  name,
  goal: 'max',
  begin: () => ({ add: () => undefined, end: () => ({ [name]: values() }) }),
});

const descent: Transform = {
  init: () => ({}),
  update: (gradients, state, { rate }) => ({
    updates: Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, mul(g, mul(rate, -1))])),
    state: { ...state },
  }),
};

const dataset = (label: number): Dataset => {
  const samples = classSamples({
    length: 6,
    size: [4, 4],
    labels: Int32Array.from([0, 1, 0, 1, 0, label]),
    read: (positions) =>
      Promise.resolve(
        Uint8Array.from({ length: positions.length * 48 }, (_, i) => positions[Math.floor(i / 48)] ?? 0),
      ),
    describe: (position) => `image ${position}`,
  });
  const normalization = { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } as const;
  return {
    name: 'own',
    classes: ['a', 'b'],
    normalization,
    train: samples,
    validation: samples,
    test: samples,
    leftOut: [],
  };
};

const tiny = (change: Partial<Backbone> = {}): Backbone => ({ ...tinyBackbone({ size: 32 }), ...change });

let calls = 0;

describe('a plugin that keeps its contract', () => {
  it.each([
    ['metric', own(METRIC, () => constant('own', () => 1))],
    ['optimizer', own(OPTIMIZER, () => descent)],
    ['schedule', own(SCHEDULE, () => () => () => 0.1)],
    [
      'sampler',
      own(
        SAMPLER,
        () =>
          ({ length }) =>
          () =>
            Int32Array.from({ length }, (_, i) => i),
      ),
    ],
    ['dataset', own(DATASET, () => () => Promise.resolve(dataset(1)))],
    [
      'objective',
      own(OBJECTIVE, () => ({
        name: 'own',
        build: () => ({
          modules: {},
          terms: (step) => ({ terms: { own: { value: classLoss(step), weight: 1 } } }),
        }),
      })),
    ],
  ])('fails no check: %s', async (_, made) => {
    expect(await failuresOf(made)).toEqual({});
  });
});

describe('each breach is found', () => {
  const cases: readonly (readonly [string, AnyPlugin, string, RegExp])[] = [
    [
      'options that take anything',
      plugin({
        token: LOSS,
        name: 'own',
        summary: 'x',
        options: z.object({}),
        create: () => pull as ContrastiveLoss,
      }),
      'refuses an option that it does not know',
      /z.strictObject/,
    ],
    [
      'an option without a description',
      plugin({
        token: LOSS,
        name: 'own',
        summary: 'x',
        options: z.strictObject({ margin: z.number().default(1) }),
        create: () => pull as ContrastiveLoss,
      }),
      'says of each option what it means',
      /margin/,
    ],
    [
      'a name with capitals',
      plugin({
        token: LOSS,
        name: 'Own Loss',
        summary: 'x',
        options: z.strictObject({}),
        create: () => pull as ContrastiveLoss,
      }),
      'has a name that a config can hold, and one line that says what it is',
      /Own Loss/,
    ],
    [
      'a loss that reads a value',
      own(LOSS, () => (x: Tensor2D) => mul(pull(x), pull(x).dataSync()[0] ?? 1)),
      'reads no value while it computes',
      /dataSync/,
    ],
    [
      'a loss without a gradient',
      own(LOSS, () => (x: Tensor2D) => mul(pull(x), 0)),
      'has finite gradients, not all of them zero',
      /every gradient is zero/,
    ],
    [
      'a loss that divides by a length of zero',
      own(LOSS, () => (x: Tensor2D) => mean(square(div(x, norm(x, 2, 1, true))))),
      'has a finite gradient where a row is zero',
      /unitVectors/,
    ],
    [
      'a loss that overflows',
      own(CLASSIFICATION_LOSS, () => (x: Tensor2D) => mean(exp(x))),
      'stays finite for logits of a thousand',
      /thousand/,
    ],
    [
      'pixels that are not whole',
      own(AUGMENTATION, () => darker(0.3)),
      'gives whole numbers from 0 to 255, of the size that it says',
      /round it/,
    ],
    [
      'an augmentation that draws by Math.random',
      own(AUGMENTATION, () => ({
        ...darker(1),
        sample: (streams) => ({
          u: float32(
            streams.map(() => calls++),
            [streams.length],
          ),
        }),
      })),
      'draws the same from the same streams',
      /Math.random/,
    ],
    [
      'a backbone whose tap says other channels',
      own(BACKBONE, () => () => tiny({ taps: [{ name: 'stage1', channels: 99, stride: 1 }] })),
      'gives the map of each tap, the pooled feature and the logits that it says',
      /99/,
    ],
    [
      'a backbone that ignores its seed',
      own(BACKBONE, () => () => tiny()),
      'draws its weights from the seed alone',
      /another seed/,
    ],
    [
      'a metric whose number changes',
      own(METRIC, () => constant('own', () => calls++)),
      'begins anew with each pass',
      /other numbers/,
    ],
    [
      'an optimizer that climbs',
      own(OPTIMIZER, () => ({ ...descent, update: (g, s) => ({ updates: { ...g }, state: { ...s } }) })),
      'goes down a bowl, by tensor operations alone',
      /thirty steps/,
    ],
    [
      'a schedule below zero',
      own(SCHEDULE, () => () => (step) => 0.1 - step),
      'gives a rate at every step of a run',
      /step 1/,
    ],
    [
      'a sampler with a state',
      own(
        SAMPLER,
        () =>
          ({ length }) =>
          () =>
            new Int32Array(length).fill(calls++ % length),
      ),
      "is a function of the epoch's seed alone",
      /same bits/,
    ],
    [
      'a label beyond the classes',
      own(DATASET, () => () => Promise.resolve(dataset(7))),
      'gives images and targets of the shapes that it says, in any order',
      /label is 7/,
    ],
    [
      'an objective whose terms change',
      own(OBJECTIVE, () => ({
        name: 'own',
        build: () => ({
          modules: {},
          terms: (step) => ({ terms: { [`own${calls++}`]: { value: classLoss(step), weight: 1 } } }),
        }),
      })),
      'gives terms that are finite, by the same names at each step',
      /terms by step/,
    ],
    [
      'an objective that draws at random',
      own(OBJECTIVE, () => ({
        name: 'own',
        build: () => ({
          modules: {},
          terms: (step) => ({ terms: { own: { value: add(classLoss(step), scalar(calls++)), weight: 1 } } }),
        }),
      })),
      'repeats to the bit',
      /seed/,
    ],
    [
      'an objective that keeps a tensor',
      own(OBJECTIVE, () => ({
        name: 'own',
        build: () => {
          zeros([1]);
          return {
            modules: {},
            terms: (step) => ({ terms: { own: { value: classLoss(step), weight: 1 } } }),
          };
        },
      })),
      'leaves no tensor behind',
      /tensor/,
    ],
  ];

  it.each(cases)('%s', async (_, made, check, why) => {
    const found = await failuresOf(made);
    expect(Object.keys(found)).toContain(check);
    expect(found[check]).toMatch(why);
  });

  it('a plugin that uses others, without a registry that has them', async () => {
    const made = plugin({
      token: OPTIMIZER,
      name: 'own',
      summary: 'x',
      options: z.strictObject({ inner: z.string().default('sgd').describe('x') }),
      uses: { inner: OPTIMIZER },
      create: () => descent,
    });
    expect((await failuresOf(made))['is made from its options']).toMatch(/uses inner; hand over a registry/);
  });
});
