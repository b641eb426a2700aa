import {
  eagerRunner,
  OBJECTIVE,
  prepareTraining,
  type Experiment,
  type Network,
  type Runner,
  type Spec,
  type StepEvent,
} from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { centerCrop } from '@understory/augmentations';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { teacherFor } from './testing/methods.ts';
import { shapeOf } from './testing/variants.ts';

const registry = createRegistry(defaultPlugins);
const run = { run: 'runs/teacher' };

const experimentOf = (spec: Spec, network: Network, fixed = true): Experiment => {
  const objectives = ['cross-entropy', spec].map((s) => registry.make(OBJECTIVE, s));
  const made = tinyExperiment(objectives, {
    teacher: () => network,
    rate: 0.01,
    streams: [streamOf({ batch: 6 })],
  });
  const [first] = made.streams;
  // The middle of the image: a view that draws nothing.
  return fixed
    ? { ...made, lastBatch: 'keep', streams: [{ ...first, views: [[centerCrop({ size: 8 })]] }] }
    : made;
};

/** Four steps, the last of a smaller batch; how often the teacher ran meanwhile. */
const train = async (
  spec: Spec,
  runner: Runner,
): Promise<{ events: readonly StepEvent[]; calls: number }> => {
  const network = await teacherFor(registry);
  let calls = 0;
  const { model } = network.backbone;
  const apply = model.apply.bind(model);
  model.apply = (...args) => {
    calls++;
    return apply(...args);
  };
  const training = await prepareTraining(experimentOf(spec, network), { runner });
  const before = calls;
  const events: StepEvent[] = [];
  for await (const event of training.events()) {
    if (event.type === 'step') events.push(event);
    if (events.length === 4) break;
  }
  training.dispose();
  runner.dispose();
  return { events, calls: calls - before };
};

/** Options that make a method small, or its steps. */
const NEEDED: Readonly<Record<string, object>> = {
  'contrastive-representation': { negatives: 8, width: 6 },
  'probabilistic-transfer': { weight: 100 }, // 30,000 of it make much of the last digits
};
const METHODS: readonly Spec[] = registry
  .list(OBJECTIVE)
  .filter((plugin) => 'cache' in shapeOf(plugin))
  .map(({ name }) => [name, { teacher: run, ...NEEDED[name] }]);

describe.each([
  ['eager', eagerRunner],
  ['compiled', () => compiledRunner()],
] as const)('a cached teacher, %s', (_mode, runner) => {
  it.each(METHODS)('%s learns the same, and the teacher does not run again', async (...[name, options]) => {
    const plain = await train([name as string, options as object as Record<string, unknown>], runner());
    const cached = await train([name as string, { ...(options as object), cache: true }], runner());
    expect(plain.calls).toBeGreaterThan(0);
    expect(cached.calls).toBe(0);
    expect(cached.events).toHaveLength(4);
    for (const [i, { loss }] of cached.events.entries())
      expect(Math.abs(loss / plain.events[i]!.loss - 1), `step ${i}`).toBeLessThan(1e-5);
  });
});

it.each([
  [
    'views that are drawn',
    { teacher: run, cache: true },
    false,
    /draws at random: .* take "brightness" out of "views"/,
  ],
  [
    'an average of the student',
    { teacher: { ema: 0.9 }, cache: true },
    true,
    /another teacher at every step/,
  ],
] as const)('%s cannot be cached', async (_why, options, fixed, message) => {
  const spec: Spec = ['knowledge-distillation', options];
  const experiment = experimentOf(spec, await teacherFor(registry), fixed);
  const started = prepareTraining(experiment, { runner: eagerRunner() });
  await expect(started).rejects.toMatchObject({ code: 'cannot-cache' });
  await expect(started).rejects.toThrow(message);
});
