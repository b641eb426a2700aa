import {
  EVALUATOR,
  evaluationBatch,
  LOG,
  measure,
  METRIC,
  OBJECTIVE,
  prepareTraining,
  provide,
  SEED,
  seedOf,
  type CheckpointStore,
  type Experiment,
  type Metric,
  type RunEvent,
  type Runner,
  type RunResult,
  type Training,
} from '@understory/core';
import { memoryStore, samplesOf, streamOf, tinyBackbone, tinyExperiment } from '@understory/core/testing';
import { compiledRunner, freePorts } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins).provide([
  provide(LOG, () => undefined),
  provide(SEED, seedOf(1)),
]);

/** All that classification is measured by. */
const metrics = (): readonly Metric[] =>
  registry
    .list(METRIC)
    .map(({ name }) => registry.make(METRIC, name))
    .filter(({ targets = {} }) => Object.values(targets).every((kind) => kind === 'class'));

/** Two epochs, each measured on batches of 128, 128 and 44 images by every metric and evaluator. */
const experimentOf = (rate: number, evaluators: readonly string[]): Experiment => {
  const cds = registry.make(OBJECTIVE, [
    'contrastive-deep-supervision',
    { taps: 'all', head: ['mlp', { width: 6 }] },
  ]);
  const tiny = tinyExperiment([registry.make(OBJECTIVE, 'cross-entropy'), cds], {
    ...{ steps: 10, rate, streams: [streamOf({ views: 2 })] },
  });
  const [validation, test] = [samplesOf(300, 8, 5), samplesOf(150, 8, 5)];
  return {
    ...tiny,
    dataset: { ...tiny.dataset, validation, test },
    backbone: ({ classes }) => tinyBackbone({ classes, norm: rate > 0 }),
    metrics: metrics(),
    evaluators: evaluators.map((name) =>
      registry.make(EVALUATOR, name === 'depth-lens' ? [name, { every: 1 }] : name),
    ),
  };
};

interface Ran {
  readonly events: readonly RunEvent[];
  readonly training: Training;
}

const trained = async (experiment: Experiment, runner: Runner, store?: CheckpointStore): Promise<Ran> => {
  const training = await prepareTraining(experiment, { runner, ...(store && { store }) });
  const events: RunEvent[] = [];
  for await (const event of training.events()) events.push(event);
  return { events, training };
};

const byWorkers = async (size: number, experiment: () => Experiment): Promise<readonly Ran[]> => {
  const addresses = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  const runners = addresses.map((_, rank) => compiledRunner({ cluster: { addresses, rank, patience: 60 } }));
  return Promise.all(runners.map((runner) => trained(experiment(), runner, memoryStore())));
};

const resultOf = (event: RunEvent | undefined): RunResult | undefined =>
  event?.type === 'done' ? event.result : undefined;

/** All numbers that a run tells of images. */
const measuredBy = ({ events }: Ran): unknown =>
  events.flatMap((event): unknown[] =>
    event.type === 'epoch' ? [event.metrics, event.best] : event.type === 'done' ? [resultOf(event)] : [],
  );

it('workers that share the images to measure tell what one process tells, by every metric and evaluator', async () => {
  const all = registry.list(EVALUATOR).map(({ name }) => name);
  const experiment = (): Experiment => experimentOf(0, all);
  const alone = await trained(experiment(), compiledRunner(), memoryStore());
  const [first, second] = await byWorkers(2, experiment);
  const [epoch] = alone.events.filter((event) => event.type === 'epoch');
  expect(Object.keys(epoch!.metrics).length).toBeGreaterThan(60);
  expect(measuredBy(first!)).toEqual(measuredBy(alone));
  expect(measuredBy(second!)).toEqual([alone.events.at(-1)].map(resultOf));
});

it('the best weights are the first worker’s on all, what is told of them is what they reach, and each worker’s speed is told', async () => {
  const experiment = experimentOf(0.2, []);
  const [first] = await byWorkers(4, () => experimentOf(0.2, []));
  const result = resultOf(first!.events.at(-1));
  const told = first!.events.flatMap((event) => ('workers' in event ? [event] : []));
  expect(told.map(({ type }) => type)).toEqual(['step', 'epoch']);
  for (const { workers } of told) {
    expect(workers).toHaveLength(4);
    for (const { imagesPerSecond, waiting, inSums } of workers!) {
      expect(imagesPerSecond).toBeGreaterThan(0);
      expect(waiting + inSums).toBeLessThan(1);
      expect(inSums).toBeGreaterThan(0);
    }
  }
  const { network, inference } = first!.training;
  const options = { batch: evaluationBatch(network), classes: experiment.dataset.classes };
  const { test } = experiment.dataset;
  expect(result!.best.test).toEqual(await measure(inference, test, experiment.metrics, options));
});
