import { memory } from '@tensorflow/tfjs-core';
import {
  eagerRunner,
  OBJECTIVE,
  pickSamples,
  prepareTraining,
  runToEnd,
  type Evaluator,
  type GradientAgreement,
  type Named,
  type NamedVariables,
  type NdArray,
  type Runner,
  type Training,
} from '@understory/core';
import { tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { METHODS, teacherFor, type Method } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);

/** Reads all that a checkpoint would hold, before gradients are compared and told and after it. */
const watched = async ([, specs, streams]: Method, runner: Runner) => {
  const objectives = specs.map((spec) => registry.make(OBJECTIVE, spec));
  const network = await teacherFor(registry);
  const made = tinyExperiment(objectives, { steps: 5, streams, teacher: () => network });
  const samples = pickSamples(
    made.dataset.train,
    Int32Array.from({ length: 10 }, (_, i) => i),
  );
  const [first, ...others] = made.streams;
  let variables: NamedVariables = {};
  let gradientsNow: Training['gradients'] = () => Promise.reject(new Error('There is no training yet.'));
  const values = (): Promise<NdArray[]> => runner.read(Object.values(variables));
  const seen: { before: NdArray[]; after: NdArray[]; looks: readonly Named<GradientAgreement>[] }[] = [];
  const evaluator: Evaluator = {
    ...{ name: 'watching', when: 'epoch' },
    async evaluate({ training: underWay }) {
      if (underWay?.at !== 'epoch') return {};
      const before = await values();
      const tensors = memory().numTensors;
      const looks = await underWay.agreement(1);
      const gradients = Object.entries(await gradientsNow());
      expect(memory().numTensors).toBe(tensors);
      expect(gradients.some(([, { data }]) => data.some((g) => g !== 0))).toBe(true);
      for (const [name, { data, shape }] of gradients) {
        expect(shape, name).toEqual(variables[name]?.shape);
        expect(data.every(Number.isFinite), name).toBe(true);
      }
      seen.push({ before, after: await values(), looks });
      return {};
    },
  };
  const dataset = { ...made.dataset, train: samples, validation: samples };
  const small = { streams: [{ ...first, samples }, ...others] as const, dataset, epochs: 1 };
  const training = await prepareTraining({ ...made, ...small, evaluators: [evaluator] }, { runner });
  ({ variables } = training);
  gradientsNow = () => training.gradients();
  await runToEnd(training, []);
  training.dispose();
  runner.dispose();
  return seen;
};

const checkLooks = (seen: Awaited<ReturnType<typeof watched>>): void => {
  expect(seen).toHaveLength(1);
  for (const { before, after, looks } of seen) {
    expect(after).toEqual(before);
    expect(looks).toHaveLength(1);
    for (const { parameters } of looks.flatMap((look) => Object.values(look)))
      expect(Math.abs(parameters)).toBeLessThanOrEqual(1.0001);
  }
};

it.each(METHODS)('gradients of %s are compared and told, and nothing changes', async (...method) => {
  checkLooks(await watched(method, eagerRunner()));
});

it('nothing changes where steps are compiled either', async () => {
  const cds = METHODS.find(([name]) => name === 'CDS')!;
  checkLooks(await watched(cds, compiledRunner()));
});
