import {
  BACKBONE,
  OBJECTIVE,
  OPTIMIZER,
  prepareTraining,
  type Dataset,
  type Experiment,
  type Samples,
  type Spec,
  type StepEvent,
  classification,
  classSamples,
  pickSamples,
} from '@understory/core';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);
const [BATCH, CLASSES, STEPS] = [16, 4, 30];

/** Stripes whose direction is the class and whose colour, phase and noise are the image's own: the same batch each step. */
const stripes = (size: number): Samples => {
  const labels = Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES);
  const noise = (i: number): number => (Math.imul(i + 1, 0x9e3779b1) >>> 16) % 61;
  const pixel = (image: number, y: number, x: number, c: number): number => {
    const angle = (Math.PI * labels[image]!) / CLASSES;
    const wave = Math.sin(1.3 * (x * Math.cos(angle) + y * Math.sin(angle)) + image);
    return (
      97 + Math.round((60 + 5 * ((image * (c + 2)) % 7)) * wave) + noise(((image * 64 + y) * 64 + x) * 3 + c)
    );
  };
  const image = (i: number): number[] =>
    Array.from({ length: size * size * 3 }, (_, at) => {
      const place = Math.floor(at / 3);
      return Math.min(255, Math.max(0, pixel(i, Math.floor(place / size), place % size, at % 3)));
    });
  const all = Array.from({ length: BATCH }, (_, i) => image(i));
  return classSamples({
    length: BATCH,
    size: [size, size],
    labels,
    read: (positions) => Promise.resolve(Uint8Array.from(Array.from(positions).flatMap((p) => all[p]!))),
    describe: String,
  });
};

const datasetOf = (size: number): Dataset => {
  const samples = stripes(size);
  const none = pickSamples(samples, new Int32Array());
  return {
    name: 'stripes',
    classes: Array.from({ length: CLASSES }, (_, i) => `direction ${i}`),
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    train: samples,
    validation: none,
    test: none,
    leftOut: [],
  };
};

const experimentOf = (backbone: Spec, size: number, optimizer: Spec, rate: number): Experiment => {
  const dataset = datasetOf(size);
  return {
    name: 'short',
    seed: 3,
    epochs: STEPS,
    dataset,
    streams: [{ name: 'train', samples: dataset.train, batch: BATCH, views: [[], []], labelled: true }],
    lastBatch: 'drop',
    task: classification,
    backbone: registry.make(BACKBONE, backbone),
    objectives: ['cross-entropy', 'contrastive-deep-supervision'].map((o) => registry.make(OBJECTIVE, o)),
    optimizer: registry.make(OPTIMIZER, optimizer),
    schedule: () => () => rate,
    metrics: [],
    selectOn: 'validation',
    teacher: () => Promise.reject(new Error('no teacher here')),
  };
};

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Mean of the first and of the last five steps, by term. */
const train = async (experiment: Experiment): Promise<Record<string, readonly [number, number]>> => {
  const runner = compiledRunner();
  const training = await prepareTraining(experiment, { runner });
  const steps: StepEvent[] = [];
  for await (const event of training.events()) {
    if (event.type === 'step') steps.push(event);
    if (steps.length === STEPS) break;
  }
  training.dispose();
  runner.dispose();
  return Object.fromEntries(
    Object.keys(steps[0]!.terms).map((name) => {
      const values = steps.map(({ terms }) => terms[name]!);
      return [name.split('/').at(-1)!, [mean(values.slice(0, 5)), mean(values.slice(-5))] as const];
    }),
  );
};

// The paper's eleven models, then the other families; narrow, and the deep ones with a block or two a stage.
const narrow = { width: 0.125, depth: 0.34 };
const MODELS: readonly (readonly [name: string, options: Readonly<Record<string, number>>])[] = [
  ['resnet18', { width: 0.125 }],
  ['resnet34', narrow],
  ['resnet50', narrow],
  ['resnet101', { width: 0.125, depth: 0.1 }],
  ['resnext50', { width: 0.25, depth: 0.34 }],
  ['resnext101', { width: 0.125, depth: 0.1 }],
  ['wideresnet50', narrow],
  ['wideresnet101', { width: 0.125, depth: 0.1 }],
  ['senet18', { width: 0.25 }],
  ['senet50', { width: 0.25, depth: 0.34 }],
  ['preactresnet18', { width: 0.125 }],
  ['vgg11-bn', { width: 0.125 }],
  ['mobilenetv1', { width: 0.25 }],
  ['mobilenetv2', { width: 0.25, depth: 0.5, dropout: 0 }],
  ['mobilenetv3-small', { width: 0.5, dropout: 0 }],
  ['shufflenetv2-x0.5', { depth: 0.5 }],
  ['efficientnet-b0', { width: 0.25, depth: 0.5, dropout: 0 }],
  ['densenet121', { width: 0.25, depth: 0.2 }],
  ['convnext-t', { width: 0.25, depth: 0.4 }],
  ['vit-s16', { width: 1 / 3, depth: 0.3 }],
];
const TRANSFORMERS = /^(convnext|vit)/;

// Set UNDERSTORY_TABLE to print what the page of the backbones shows.
const table: string[] = [];
afterAll(() => {
  if (process.env['UNDERSTORY_TABLE']) process.stdout.write(`${table.join('\n')}\n`);
});

describe('thirty compiled steps of contrastive deep supervision on one batch', () => {
  it.each(MODELS)('lower every term of %s', async (name, options) => {
    const side = name.startsWith('vgg') ? 32 : 16; // VGG halves it five times
    const adam = TRANSFORMERS.test(name);
    const optimizer: Spec = adam ? 'adamw' : ['sgd', { momentum: 0.9 }];
    const terms = await train(experimentOf([name, options], side, optimizer, adam ? 1e-3 : 0.05));
    const cells = Object.values(terms).map(([first, last]) => `${first.toFixed(2)} → ${last.toFixed(2)}`);
    table.push(`| ${[`\`${name}\``, ...cells].join(' | ')} |`);
    expect(Object.keys(terms)).toEqual(['ce', 'stage1', 'stage2', 'stage3', 'final']);
    for (const [term, [first, last]] of Object.entries(terms)) expect(last, term).toBeLessThan(first);
  });
});
