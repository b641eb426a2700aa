import { eagerRunner, OBJECTIVE, pickSamples, prepareTraining, type Experiment } from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insightOf } from './insightOf.ts';

const registry = createRegistry(defaultPlugins);

const experimentOf = (): Experiment => {
  const objectives = ['cross-entropy', 'contrastive-deep-supervision'].map((o) =>
    registry.make(OBJECTIVE, o),
  );
  const made = tinyExperiment(objectives, { streams: [streamOf({ batch: 4, views: 2 })] });
  const { train } = made.dataset;
  const validation = pickSamples(train, Int32Array.of(1, 5, 9, 13, 17, 2));
  return { ...made, dataset: { ...made.dataset, validation } };
};

const runner = eagerRunner();
const experiment = experimentOf();
const training = await prepareTraining(experiment, { runner });
const insight = insightOf(experiment, training, runner);
const kept = async (): Promise<unknown> => runner.read(Object.values(training.variables));

let before: unknown;
beforeAll(async () => {
  before = await kept();
});
afterAll(async () => {
  expect(await kept()).toEqual(before); // whoever looks changes nothing
  training.dispose();
});

describe('a look into a training', () => {
  it('shows the weights that are trained, heads too, by their names in checkpoints', async () => {
    const weights = await insight.weights();
    const names = Object.keys(weights);
    for (const part of ['backbone/', 'contrastive-deep-supervision/'])
      expect(
        names.some((name) => name.startsWith(part)),
        part,
      ).toBe(true);
    for (const [name, { shape }] of Object.entries(weights))
      expect(shape).toEqual(training.variables[name]?.shape);
  });

  it('shows a gradient of each of them', async () => {
    const [weights, gradients] = [await insight.weights(), await insight.gradients()];
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, { shape, data }] of Object.entries(gradients)) {
      expect(shape, name).toEqual(weights[name]?.shape);
      expect(data.every(Number.isFinite), name).toBe(true);
    }
  });

  it('shows always the same training images, in the draws of an epoch', async () => {
    const [first, again, later] = [
      await insight.views(0, 3),
      await insight.views(0, 3),
      await insight.views(1, 3),
    ];
    expect(first.map(({ shape }) => shape)).toEqual([
      [3, 8, 8, 3],
      [3, 8, 8, 3],
    ]);
    expect(again).toEqual(first);
    expect(later).not.toEqual(first);
    expect(first[0]).not.toEqual(first[1]);
  });

  it('shows images of the validation split with their classes and each stage’s features', async () => {
    const { images, taps, classes } = await insight.features(4);
    const { validation } = experiment.dataset;
    const all = Uint8Array.from(await validation.read([0, 1, 2, 3, 4, 5]));
    const size = 8 * 8 * 3;
    const places = images.map(({ data }) =>
      [0, 1, 2, 3, 4, 5].find((i) => data.every((v, j) => v === all[i * size + j])),
    );
    expect(new Set(places).size).toBe(4);
    expect(places).not.toContain(undefined);
    expect(classes).toEqual(places.map((i) => `class ${validation.groups![i!]!}`));
    expect(Object.keys(taps)).toEqual(training.network.backbone.taps.map(({ name }) => name));
    for (const { shape, data } of Object.values(taps)) {
      expect(shape[0]).toBe(4);
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });

  it('takes all images where more are asked for than there are', async () => {
    expect((await insight.features(100)).images).toHaveLength(6);
    expect((await insight.views(0, 100))[0]?.shape[0]).toBe(20);
  });
});
