import * as tf from '@tensorflow/tfjs';
import { engine, memory, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { differenceOf, failure, noise } from '../testing/runnerPool.ts';
import { compileModel } from './compileModel.ts';

beforeEach(() => {
  engine().startScope();
});
afterEach(() => {
  vi.restoreAllMocks();
  engine().endScope();
  engine().disposeVariables();
});

const { layers } = tf;

/** Matrices and filters by noise, so that a model is the same each time it is made; what counts channels stays as it begins. */
const seeded = <M extends tf.LayersModel>(model: M): M => {
  const weights = model.getWeights().map((w, i) => (w.rank < 2 ? w : tf.tensor(noise(w.size, i), w.shape)));
  model.setWeights(weights);
  return model;
};

const MODELS: Readonly<Record<string, () => tf.LayersModel>> = {
  'a convolutional network with batch norm and dropout': () =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2], activation: 'relu' }),
        layers.batchNormalization(),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dropout({ rate: 0.4, seed: 3 }),
        layers.dense({
          units: 3,
          activation: 'softmax',
          kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }),
        }),
      ],
    }),
  'a functional model': () => {
    const input = tf.input({ shape: [6, 6, 2] });
    const a = layers.flatten().apply(layers.separableConv2d({ filters: 3, kernelSize: 3 }).apply(input));
    const b = layers.flatten().apply(layers.averagePooling2d({ poolSize: 3 }).apply(input));
    const joined = layers.concatenate().apply([a, b] as tf.SymbolicTensor[]);
    const output = layers.dense({ units: 3, activation: 'softmax' }).apply(joined);
    return tf.model({ inputs: input, outputs: output as tf.SymbolicTensor });
  },
};

const data = (n = 20): [Tensor, Tensor] => [
  tf.tensor(noise(n * 72, 1), [n, 6, 6, 2]),
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: n }, (_, i) => i % 3),
      'int32',
    ),
    3,
  ),
];

const prepare = (
  make: () => tf.LayersModel,
  optimizer: () => tf.Optimizer = () => tf.train.adam(0.02),
): tf.LayersModel => {
  const model = make();
  model.compile({ optimizer: optimizer(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return seeded(model);
};

const valuesOf = (model: tf.LayersModel): number[] =>
  model.getWeights().flatMap((w) => Array.from(w.dataSync()));

const ARGS = { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 } as const;

describe('gives the numbers that tfjs gives', () => {
  it.each(Object.entries(MODELS))('of %s', async (_, make) => {
    const [x, y] = data();
    const args = { ...ARGS, validationData: [x, y] as [Tensor, Tensor] };
    const [plain, model] = [prepare(make), prepare(make)];
    const expected = await plain.fit(x, y, args);
    const compiled = compileModel(model);
    const { history } = await compiled.fit(x, y, args);
    expect(Object.keys(history).sort()).toEqual(['acc', 'loss', 'val_acc', 'val_loss']);
    for (const [name, values] of Object.entries(expected.history))
      expect(differenceOf(history[name] as number[], values as number[]), name).toBeLessThan(1e-4);
    expect(differenceOf(valuesOf(model), valuesOf(plain))).toBeLessThan(1e-4);
    const loss = (compiled.evaluate(x, y) as Tensor[])[0]!.dataSync();
    expect(differenceOf(loss, (plain.evaluate(x, y) as Tensor[])[0]!.dataSync())).toBeLessThan(1e-4);
    compiled.release();
    expect(differenceOf(valuesOf(model), valuesOf(plain))).toBeLessThan(1e-4);
    await model.fit(x, y, { ...ARGS, epochs: 1 }); // op by op again
  });

  it('with every optimizer of tfjs', async () => {
    const [x, y] = data(8);
    const optimizers: Record<string, (rate: number) => tf.Optimizer> = {
      sgd: (rate) => tf.train.sgd(rate),
      momentum: (rate) => tf.train.momentum(rate, 0.9),
      adagrad: (rate) => tf.train.adagrad(rate),
      rmsprop: (rate) => tf.train.rmsprop(rate),
      adamax: (rate) => tf.train.adamax(rate),
      adadelta: (rate) => tf.train.adadelta(rate),
    };
    for (const [name, optimizer] of Object.entries(optimizers)) {
      const make = (): tf.LayersModel => prepare(MODELS['a functional model']!, () => optimizer(0.01));
      const [plain, model] = [make(), make()];
      await plain.fit(x, y, ARGS);
      const compiled = compileModel(model);
      await compiled.fit(x, y, ARGS);
      expect(differenceOf(valuesOf(model), valuesOf(plain)), name).toBeLessThan(1e-4);
      compiled.release();
    }
  });
});

const made = (): { model: tf.LayersModel; compiled: ReturnType<typeof compileModel> } => {
  const model = prepare(MODELS['a functional model']!, () => tf.train.sgd(0.1));
  return { model, compiled: compileModel(model) };
};

it('lets callbacks predict, read, save and stop', async () => {
  const [x, y] = data(8);
  const { compiled } = made();
  const seen: number[] = [];
  let saved: ArrayBuffer | undefined;
  const onEpochEnd = async (epoch: number): Promise<void> => {
    seen.push((compiled.predict(x) as Tensor).dataSync()[0]!);
    await compiled.save({ save: (artifacts) => { saved = artifacts.weightData as ArrayBuffer; return Promise.resolve({ modelArtifactsInfo: {} as never }); } }); // prettier-ignore
    if (epoch === 1) compiled.stopTraining = true;
  };
  const { epoch } = await compiled.fit(x, y, { ...ARGS, epochs: 5, callbacks: { onEpochEnd } });
  expect(epoch).toEqual([0, 1]);
  expect(seen[0]).not.toBe(seen[1]);
  expect(Array.from(new Float32Array(saved!))).toEqual(valuesOf(compiled));
  compiled.release();
});

it('takes weights and a learning rate that are set between runs', async () => {
  const [x, y] = data(8);
  const { compiled, model } = made();
  const plain = prepare(MODELS['a functional model']!, () => tf.train.sgd(0.1));
  for (const one of [compiled, plain]) {
    await one.fit(x, y, ARGS);
    const halves = one.getWeights().map((w) => tf.mul(w, 0.5));
    one.setWeights(halves);
    (one.optimizer as unknown as { setLearningRate(rate: number): void }).setLearningRate(0.01);
    await one.fit(x, y, ARGS);
    expect(halves[0]!.dataSync()).not.toEqual(one.getWeights()[0]!.dataSync());
  }
  expect(differenceOf(valuesOf(model), valuesOf(plain))).toBeLessThan(1e-4);
  compiled.release();
});

/** One weight that learns y = 0 of x = 1: its loss tells its value. */
const single = (): tf.Sequential => {
  const model = tf.sequential({
    layers: [
      layers.dense({
        ...{ units: 1, useBias: false, inputShape: [1] },
        kernelInitializer: tf.initializers.constant({ value: 2 }),
      }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  return model;
};

it('shares weights with other models, compiled and not: all train on with the newest', async () => {
  const [one, zero] = [tf.ones([1, 1]), tf.zeros([1, 1])];
  const losses = async (compiling: boolean): Promise<number[]> => {
    const critic = single();
    const input = tf.input({ shape: [1] });
    const whole = tf.model({ inputs: input, outputs: critic.apply(input) as tf.SymbolicTensor });
    whole.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    const own = compiling
      ? [compileModel(critic), compileModel(whole), compileModel(whole)]
      : [critic, whole, whole];
    const told: number[] = [];
    for (let round = 0; round < 3; round++)
      for (const model of own) told.push((await model.trainOnBatch(one, zero)) as number);
    if (compiling) for (const model of own as ReturnType<typeof compileModel>[]) model.release();
    return [...told, ...valuesOf(critic)];
  };
  expect(differenceOf(await losses(true), await losses(false))).toBeLessThan(1e-6);
});

it('takes weights that are set between batches', async () => {
  const [one, zero] = [tf.ones([1, 1]), tf.zeros([1, 1])];
  const compiled = compileModel(single());
  const halve = (): void => compiled.setWeights(compiled.getWeights().map((w) => tf.mul(w, 0.5)));
  const loss = async (): Promise<number> => Number(await compiled.trainOnBatch(one, zero));
  await loss();
  halve();
  const told: number[] = [];
  for (let round = 0; round < 3; round++) {
    told.push(await loss());
    halve();
  }
  // w ← (w − .2 w) / 2, from (2 − .4) / 2 on.
  expect(
    differenceOf(
      told,
      [0.8, 0.32, 0.128].map((w) => w ** 2),
    ),
  ).toBeLessThan(1e-6);
  compiled.release();
});

it('takes another loss and optimizer by the handle too, and stays compiled', async () => {
  const [x, y] = data(8);
  for (const make of Object.values(MODELS)) {
    const [plain, model] = [prepare(make), prepare(make)];
    const compiled = compileModel(model);
    const calls = { plain: 0, compiled: 0 };
    for (const [name, one] of [
      ['plain', plain],
      ['compiled', compiled],
    ] as const) {
      await one.fit(x, y, ARGS);
      const loss = (known: Tensor, said: Tensor): Tensor => {
        calls[name]++;
        return tf.losses.absoluteDifference(known, said);
      };
      one.compile({ optimizer: tf.train.sgd(0.05), loss, metrics: ['mse'] });
    }
    const [expected, told] = [await plain.fit(x, y, ARGS), await compiled.fit(x, y, ARGS)];
    expect(Object.keys(told.history).sort()).toEqual(Object.keys(expected.history).sort());
    expect(differenceOf(valuesOf(model), valuesOf(plain))).toBeLessThan(1e-4);
    expect(calls).toEqual({ plain: ARGS.epochs, compiled: 1 });
    compiled.release();
  }
});

it('measures the accuracy of two classes', async () => {
  const make = (): tf.Sequential => {
    const model = tf.sequential({
      layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [3] })],
    });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
    return seeded(model);
  };
  const [x, y] = [tf.tensor(noise(24, 1), [8, 3]), tf.tensor2d([1, 0, 1, 1, 0, 0, 1, 0], [8, 1])];
  const [plain, compiled] = [make(), compileModel(make())];
  const [expected, told] = [await plain.fit(x, y, ARGS), await compiled.fit(x, y, ARGS)];
  expect(differenceOf(told.history['acc'] as number[], expected.history['acc'] as number[])).toBeLessThan(
    1e-6,
  );
  compiled.release();
});

it('refuses a dropout layer in two places, whose draws differ', async () => {
  const drop = layers.dropout({ rate: 0.5 });
  const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
  const joined = layers.add().apply([drop.apply(a), drop.apply(b)] as tf.SymbolicTensor[]);
  const inner = tf.sequential({ layers: [layers.dropout({ rate: 0.5, inputShape: [2] })] });
  const twice = layers.add().apply([inner.apply(a), inner.apply(b)] as tf.SymbolicTensor[]);
  for (const outputs of [joined, twice] as tf.SymbolicTensor[]) {
    const output = layers.dense({ units: 2 }).apply(outputs) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: output });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const compiled = compileModel(model);
    const ones = tf.ones([4, 2]);
    expect(await failure(compiled.fit([ones, ones], ones, ARGS))).toMatchObject({
      code: 'dropout-twice',
      message: expect.stringMatching(/"dropout_\w+" drops elements in two places/) as string,
    });
    compiled.release();
  }
});

it('leaves no tensor behind', async () => {
  const [x, y] = data();
  const { compiled } = made();
  await compiled.fit(x, y, ARGS);
  const before = memory().numTensors;
  await compiled.fit(x, y, ARGS);
  expect(memory().numTensors).toBe(before);
  compiled.release();
});

it('refuses a model without optimizer, and what cannot be traced, by name', async () => {
  const model = MODELS['a functional model']!();
  expect(() => compileModel(model)).toThrow(/call model\.compile/);
  const noisy = tf.sequential({
    layers: [layers.gaussianNoise({ stddev: 1, inputShape: [2] }), layers.dense({ units: 1 })],
  });
  noisy.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const compiled = compileModel(noisy);
  const error = await failure(compiled.fit(tf.ones([4, 2]), tf.ones([4, 1]), ARGS));
  expect(error).toMatchObject({ code: 'random-in-step' });
  compiled.release();
});
