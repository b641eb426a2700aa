import {
  callbacks,
  eagerRunner,
  runToEnd,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  prepareTraining,
  readCheckpoint,
  type Experiment,
  type NdArrays,
  type RunResult,
  type Runner,
} from '@understory/core';
import { memoryStore, streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);

/** Everything that the trainer can do to a step, at once. */
const experimentOf = (): Experiment => {
  const objectives = ['cross-entropy', 'contrastive-deep-supervision'].map((o) =>
    registry.make(OBJECTIVE, o),
  );
  const made = tinyExperiment(objectives, {
    steps: 10,
    streams: [streamOf({ batch: 4, views: 2 })],
    rate: 0.01,
  });
  return {
    ...made,
    dataset: { ...made.dataset, validation: made.dataset.train, test: made.dataset.train },
    metrics: [registry.make(METRIC, 'nll')],
    optimizer: registry.make(OPTIMIZER, ['adamw', { clip: 0.5, rates: { 'backbone/stage1*': 0.1 } }]),
    average: 0.7,
    accumulate: 2,
    microBatches: 2,
  };
};

interface Ended {
  readonly tensors: NdArrays;
  readonly result: RunResult;
}

/** Trains with the runner; with `stopAfter`, stops after that step and goes on in a new one. */
const train = async (makeRunner: () => Runner, stopAfter?: number): Promise<Ended> => {
  const store = memoryStore();
  const part = async (resume: boolean): Promise<RunResult | undefined> => {
    const runner = makeRunner();
    const stop = new AbortController();
    const signal = stop.signal;
    const training = await prepareTraining(experimentOf(), { runner, store, resume, signal });
    const stopping = callbacks({
      step: ({ step }) => (step === stopAfter && !resume ? stop.abort() : undefined),
    });
    const { done } = await runToEnd(training, [stopping]);
    training.dispose();
    runner.dispose();
    return done.result;
  };
  const result = (await part(false)) ?? (await part(true))!;
  return { tensors: readCheckpoint(store.files.get('last')!, 'test').tensors, result };
};

describe('average, accumulation, clipping, rates by layer and micro-batches together', () => {
  it('end with the same bits where a run is resumed, and with the same numbers op by op', async () => {
    const compiled = await train(compiledRunner);
    expect(await train(compiledRunner, 2)).toEqual(compiled);
    const eager = await train(eagerRunner);
    for (const [name, { data }] of Object.entries(eager.tensors)) {
      const away = Array.from(data, (value, i) => Math.abs(value - compiled.tensors[name]!.data[i]!));
      expect(Math.max(...away), name).toBeLessThan(1e-3);
    }
    const [a, b] = [compiled, eager].map(({ result }) => Object.values(result.last.test)[0]!);
    expect(a).toBeCloseTo(b!, 3);
  });
});
