import { memory } from '@tensorflow/tfjs-core';
import {
  eagerRunner,
  OBJECTIVE,
  prepareTraining,
  runToEnd,
  type Evaluator,
  type GradientAgreement,
  type Named,
  type NdArray,
  type Training,
} from '@understory/core';
import { tinyExperiment } from '@understory/core/testing';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { METHODS, teacherFor, type Method } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);

/** Reads all that a checkpoint would hold, before gradients are compared and after it. */
const watched = async ([, specs, streams]: Method) => {
  const objectives = specs.map((spec) => registry.make(OBJECTIVE, spec));
  const network = await teacherFor(registry);
  const made = tinyExperiment(objectives, { steps: 5, streams, teacher: () => network });
  const runner = eagerRunner();
  let training: Training | undefined;
  const values = (): Promise<NdArray[]> => runner.read(Object.values(training?.variables ?? {}));
  const seen: { before: NdArray[]; after: NdArray[]; looks: readonly Named<GradientAgreement>[] }[] = [];
  const evaluator: Evaluator = {
    ...{ name: 'watching', when: 'epoch' },
    async evaluate(request) {
      const before = await values();
      const tensors = memory().numTensors;
      const looks = (await request.training?.agreement(1)) ?? [];
      expect(memory().numTensors).toBe(tensors);
      seen.push({ before, after: await values(), looks });
      return {};
    },
  };
  const dataset = { ...made.dataset, validation: made.dataset.train };
  training = await prepareTraining({ ...made, dataset, epochs: 1, evaluators: [evaluator] }, { runner });
  await runToEnd(training, []);
  training.dispose();
  runner.dispose();
  return seen;
};

it.each(METHODS)('gradients of %s are compared, and nothing changes', async (...method) => {
  const seen = await watched(method);
  expect(seen.length).toBeGreaterThan(0);
  for (const { before, after, looks } of seen) {
    expect(after).toEqual(before);
    expect(looks).toHaveLength(1);
    for (const { parameters } of looks.flatMap((look) => Object.values(look)))
      expect(Math.abs(parameters)).toBeLessThanOrEqual(1.0001);
  }
});
