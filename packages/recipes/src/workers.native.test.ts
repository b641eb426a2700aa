import {
  eagerRunner,
  OBJECTIVE,
  prepareTraining,
  type Experiment,
  type NdArray,
  type Runner,
  type StepEvent,
} from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner, freePorts } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { BOX_METHODS, METHODS, teacherFor, withBoxes, type Method } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);
const STEPS = 3;

interface Trained {
  readonly events: readonly StepEvent[];
  readonly variables: readonly NdArray[];
}

const trained = async (experiment: Experiment, runner: Runner): Promise<Trained> => {
  const training = await prepareTraining(experiment, { runner });
  const events: StepEvent[] = [];
  for await (const event of training.events()) {
    if (event.type === 'step') events.push(event);
    if (events.length === STEPS) break;
  }
  const variables = await runner.read(Object.values(training.variables));
  training.dispose();
  runner.dispose();
  return { events, variables };
};

/** All workers train in this process, each with a server and a session of its own. */
const byWorkers = async (size: number, experiment: () => Experiment): Promise<readonly Trained[]> => {
  const addresses = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  const runners = addresses.map((_, rank) => compiledRunner({ cluster: { addresses, rank, patience: 60 } }));
  return Promise.all(runners.map((runner) => trained(experiment(), runner)));
};

const experimentOf = async ([, specs, streams]: Method): Promise<() => Experiment> => {
  const teachers = await Promise.all([0, 1, 2].map(() => teacherFor(registry)));
  return () => {
    const network = teachers.pop()!;
    const objectives = specs.map((spec) => registry.make(OBJECTIVE, spec));
    const options = { streams, steps: STEPS, teacher: () => network, rate: 0.001 };
    return { ...tinyExperiment(objectives, options), syncBatchNorm: true };
  };
};

const boxExperiment =
  ([objective, task]: (typeof BOX_METHODS)[number]) =>
  (): Experiment => {
    const options = { size: 64, streams: [streamOf({ views: 2 })], steps: STEPS, rate: 0.001 };
    const plain = tinyExperiment([registry.make(OBJECTIVE, objective)], options);
    return { ...withBoxes(registry, plain, task), syncBatchNorm: true };
  };

/** How far the numbers of two steps are from each other, at most, as a share of what they are, where that is above 1. */
const distance = (a: StepEvent, b: StepEvent): number => {
  const names = Object.keys(a.terms);
  const pairs = [[a.loss, b.loss], ...names.map((name) => [a.terms[name], b.terms[name]])] as [
    number,
    number,
  ][];
  return Math.max(...pairs.map(([x, y]) => Math.abs(x - y) / Math.max(1, Math.abs(x))));
};

const expectTheSame = async (experiment: () => Experiment): Promise<void> => {
  const one = await trained(experiment(), eagerRunner());
  const [first, second] = await byWorkers(2, experiment);
  expect(first!.events).toHaveLength(STEPS);
  const far = one.events.map((event, i) => distance(event, first!.events[i]!));
  expect(Math.max(...far), far.join(' ')).toBeLessThan(1e-4);
  const norms = one.events.map(({ gradientNorm: n }, i) => Math.abs(first!.events[i]!.gradientNorm / n - 1));
  expect(Math.max(...norms), norms.join(' ')).toBeLessThan(1e-3);
  const differ = first!.variables.filter(
    ({ data }, i) => !data.every((x, k) => Object.is(x, second!.variables[i]!.data[k])),
  );
  expect(differ).toHaveLength(0);
};

describe('two workers give the numbers of one, and the same bits on both', () => {
  it.each(METHODS)('%s', async (...method) => expectTheSame(await experimentOf(method)));
  it.each(BOX_METHODS)('%s', (...method) => expectTheSame(boxExperiment(method)));
});
