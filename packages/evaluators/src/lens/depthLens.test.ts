import { mul, sum, type Scalar } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  callbacks,
  eagerRunner,
  infer,
  prepareTraining,
  runToEnd,
  type EpochEvent,
  type Evaluator,
  type Experiment,
  type Objective,
  type RunResult,
  type Samples,
} from '@understory/core';
import { classLoss, streamOf, tinyBackbone, tinyExperiment } from '@understory/core/testing';
import { depthLens } from './depthLens.ts';
import { numbersOf, MEASURES } from './measures.ts';
import { stratified } from './sample.ts';

const task: Objective = {
  name: 'task',
  build: () => ({ modules: {}, terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }) }),
};

/** A loss of one stage alone. */
const onStage: Objective = {
  name: 'on-stage',
  build: () => ({
    modules: {},
    terms: ({ taps }) => ({ terms: { stage1: { value: mul<Scalar>(sum(taps[0]!), 1e-3), weight: 0.5 } } }),
  }),
};

const small: Experiment['backbone'] = ({ classes, size: [size] }) =>
  tinyBackbone({ classes, size, planes: [2, 2, 3, 3] });

interface Told {
  readonly epochs: readonly EpochEvent[];
  readonly result: RunResult;
  readonly lines: readonly string[];
}

/** Four epochs of two steps, with the lens on. */
const run = async (
  options: Parameters<typeof depthLens>[0],
  { objectives = [task, onStage], change = (samples: Samples): Samples => samples } = {},
  own: Partial<Experiment> = {},
): Promise<Told> => {
  const made = tinyExperiment(objectives, { steps: 8, streams: [streamOf({ batch: 10 })], backbone: small });
  const samples = change(made.dataset.train);
  const dataset = { ...made.dataset, train: samples, validation: { ...samples }, test: samples };
  const [stream] = made.streams;
  const lines: string[] = [];
  const lens: Evaluator = depthLens({ ...options, log: (line) => void lines.push(line) });
  const experiment: Experiment = {
    ...made,
    ...{ dataset, streams: [{ ...stream, samples }], evaluators: [lens], ...own },
  };
  const training = await prepareTraining(experiment, { runner: eagerRunner() });
  const epochs: EpochEvent[] = [];
  const { done } = await runToEnd(training, [callbacks({ epoch: (event) => void epochs.push(event) })]);
  training.dispose();
  return { epochs, result: done.result!, lines };
};

const without = (samples: Samples): Samples => {
  const { groups: classes, ...others } = samples;
  expect(classes).toBeDefined();
  return others;
};
const measuresOf = (numbers: Readonly<Record<string, number>>, tap: string): string[] =>
  Object.keys(numbers).flatMap((name) => (name.startsWith(`${tap}/`) ? [name.slice(tap.length + 1)] : []));

describe('the depth lens', () => {
  it('tells every measure of every stage, after epochs and once at the end', async () => {
    const { epochs, result } = await run({ every: 4 });
    expect(epochs.map(({ metrics }) => Object.keys(metrics).length > 0)).toEqual([false, false, false, true]);
    const all = Object.keys(numbersOf(MEASURES)).sort();
    const told = result.best.test;
    expect(measuresOf(told, 'stage1').sort()).toEqual(all);
    // A stage without a loss of its own has no gradient that could agree with the task's.
    expect(measuresOf(told, 'stage4').sort()).toEqual(all.filter((name) => !name.startsWith('gradient')));
    expect(Object.values(told).every(Number.isFinite)).toBe(true);
    expect(result.best.validation).toEqual({});
  });

  it('looks seldom enough by default to cost little, and always at the end', async () => {
    const { epochs, result } = await run({ measures: ['neighbours'] });
    expect(epochs.flatMap(({ metrics }) => Object.keys(metrics))).toEqual([]);
    expect(measuresOf(result.last.test, 'stage2')).toEqual(['neighbours']);
  });

  it('measures without classes what needs none, and says what is left out', async () => {
    const { result, lines } = await run({}, { change: without, objectives: [task] });
    const told = measuresOf(result.best.test, 'stage3');
    expect(told).toContain('uniformity');
    expect(told.filter((name) => ['probe', 'knn', 'neighbours'].includes(name))).toEqual([]);
    expect(lines).toEqual(['depth-lens: images have no class each, so probe, knn, neighbours are left out.']);
  });

  it('is refused before the first step where it is asked for what needs classes', async () => {
    const asked = run({ measures: ['knn', 'uniformity'] }, { change: without });
    await expect(asked).rejects.toThrow(/^depth-lens: knn need images of one class each/);
  });

  it('says what it leaves out of a finished network, which has no views and no losses', async () => {
    const made = tinyExperiment([task], { steps: 1, backbone: small });
    const { dataset } = made;
    const training = await prepareTraining(made, { runner: eagerRunner() });
    const taps = training.network.backbone.taps.map(({ name }) => name);
    const lines: string[] = [];
    const lens = depthLens({
      measures: ['uniformity', 'invariance', 'gradient'],
      log: (line) => void lines.push(line),
    });
    const numbers = await lens.evaluate({
      ...{ dataset, samples: dataset.train, learned: dataset.train, taps },
      infer: (samples, outputs, positions) =>
        infer(training.inference, samples, { batch: 5, outputs, ...(positions && { positions }) }),
    });
    training.dispose();
    expect(measuresOf(numbers, 'stage1')).toEqual(['uniformity']);
    expect(lines).toEqual([
      'depth-lens: invariance, gradient look at a training under way, so of a finished run they are left out.',
    ]);
  });

  it('says which stage is not finite, measures the others, and lets the run go on', async () => {
    const broken: Experiment['backbone'] = (request) => {
      const backbone = small(request);
      const layer = backbone.model.getLayer('stage2/block0/conv');
      const [kernel] = layer.getWeights();
      layer.setWeights([mul(kernel!, NaN)]);
      return backbone;
    };
    const measures = { measures: ['uniformity' as const] };
    const still = { backbone: broken, schedule: () => () => 0 };
    const { result, lines } = await run(measures, { objectives: [onStage] }, still);
    expect(measuresOf(result.best.test, 'stage1')).toEqual(['uniformity']);
    expect(measuresOf(result.best.test, 'stage2')).toEqual([]);
    expect(lines.join()).toContain('what stage2 makes of the images is not finite');
  });
});

describe('the images of a look', () => {
  const samples = (labels: readonly number[]) => ({ length: labels.length, groups: Int32Array.from(labels) });
  it('are of each class as many, the same every time, and all where there are no more', () => {
    const many = samples(Array.from({ length: 90 }, (_, i) => (i < 60 ? 0 : 1)));
    const chosen = stratified(many, 30);
    expect(chosen.filter((p) => p < 60)).toHaveLength(20);
    expect(chosen).toEqual(stratified(many, 30));
    expect(stratified(many, 90)).toHaveLength(90);
    expect(stratified({ length: 50 }, 10)).toHaveLength(10);
    expect(stratified(samples(Array.from({ length: 50 }, (_, i) => i)), 10)).toHaveLength(10);
  });
});
