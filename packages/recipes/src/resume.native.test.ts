import { memory } from '@tensorflow/tfjs-core';
import {
  callbacks,
  eagerRunner,
  OBJECTIVE,
  prepareTraining,
  readCheckpoint,
  runToEnd,
  type NdArrays,
} from '@understory/core';
import { memoryStore, tinyExperiment } from '@understory/core/testing';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { METHODS, teacherFor, type Method } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);
/** An epoch of the made-up images, four a step. */
const STEPS = 5;

interface Ended {
  /** All that a checkpoint holds. */
  readonly tensors: NdArrays;
  /** Tensors that lived after each step. */
  readonly counts: readonly number[];
}

/** Trains a method; with `stopAfter`, stops after that step, and goes on in a trainer that knows the checkpoint alone. */
const train = async ([, specs, streams]: Method, stopAfter?: number): Promise<Ended> => {
  const store = memoryStore();
  const counts: number[] = [];
  const part = async (resume: boolean): Promise<boolean> => {
    const runner = eagerRunner();
    const objectives = specs.map((spec) => registry.make(OBJECTIVE, spec));
    const teacher = await teacherFor(registry); // whoever is taught frees it
    const options = { steps: STEPS, streams, rate: 0.01, teacher: () => teacher };
    const stop = new AbortController();
    const training = await prepareTraining(tinyExperiment(objectives, options), {
      runner,
      store,
      resume,
      signal: stop.signal,
    });
    const watching = callbacks({
      step({ step }) {
        counts.push(memory().numTensors);
        if (step === stopAfter && !resume) stop.abort();
      },
    });
    const { done } = await runToEnd(training, [watching]);
    training.dispose();
    runner.dispose();
    return done.result !== undefined;
  };
  if (!(await part(false))) await part(true);
  return { tensors: readCheckpoint(store.files.get('last')!, 'test').tensors, counts };
};

it.each(METHODS)(
  '%s goes on to the same bits from a checkpoint, and leaves no tensor behind',
  async (...method) => {
    const whole = await train(method);
    const [, second, ...later] = whole.counts;
    expect(later.at(-1)).toBe(second);
    const resumed = await train(method, 2);
    expect(resumed.counts).toHaveLength(STEPS);
    expect(resumed.tensors).toEqual(whole.tensors);
  },
);
