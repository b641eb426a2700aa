import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  callbacks,
  DATASET,
  eagerRunner,
  mapNamed,
  readCheckpoint,
  seedOf,
  type Checkpoint,
  type Dataset,
  type NdArray,
} from '@understory/core';
import { openConfig, openResume, runExperiment, type FinishedRun, type RunRequest } from '@understory/runs';
import { describe, expect, it } from 'vitest';

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'multi-label-'));

/** Two epochs of three steps, op by op. */
const SMALL = ['dataset.train=60', 'dataset.validation=20', 'dataset.test=20', 'batch=20', 'epochs=2']
  .concat('backbone.width=0.0625', 'engine.mode=eager', 'dataset.size=16', 'reporters=[]')
  .concat('views=[[flip], [flip]]');

/** Trains a config of this folder with changes, in a folder of its own where none is given. */
const train = async (
  changes: readonly string[] = [],
  more: Partial<RunRequest> = {},
): Promise<FinishedRun> => {
  const opened = await openConfig(path.join(import.meta.dirname, 'with-cds.yaml'), [...SMALL, ...changes]);
  const { config, registry } = opened;
  return runExperiment({
    ...{ config, registry, folder: opened.folder, runs: folder(), runner: eagerRunner() },
    ...{ reporters: [], say: () => undefined },
    ...more,
  });
};

const lastOf = async ({ run, training }: FinishedRun): Promise<Checkpoint> => {
  training.dispose();
  return readCheckpoint((await run.checkpoints.load('last'))!, 'last');
};

describe('a run of several labels', () => {
  it('goes on from where it was stopped, to the same bits', async () => {
    const whole = await lastOf(await train());
    const abort = new AbortController();
    const runs = folder();
    const stopped = await train([], {
      runs,
      signal: abort.signal,
      reporters: [
        callbacks({
          step: ({ step }) => {
            if (step === 3) abort.abort();
          },
        }),
      ],
    });
    expect(stopped.done.aborted).toBe(true);
    expect((await lastOf(stopped)).progress.step).toBe(4);
    const { config, registry } = await openConfig(path.join(import.meta.dirname, 'with-cds.yaml'), SMALL);
    const resume = await openResume(registry, { folder: stopped.run.folder, config });
    const resumed = await lastOf(await train([], { runs, resume }));
    expect(resumed.progress.step).toBe(6);
    expect(Object.keys(resumed.tensors)).toEqual(Object.keys(whole.tensors));
    for (const [name, { data }] of Object.entries(resumed.tensors))
      expect(data, name).toEqual(whole.tensors[name]!.data);
  });

  it('takes a share of the labels where images have no class', async () => {
    const { experiment, training } = await train([
      'epochs=1',
      'batch=6',
      'unlabelled={labelled: 0.1, batch: 20}',
      'objectives=[binary-cross-entropy, [contrastive-deep-supervision, {unlabelled: ntxent}]]',
    ]);
    training.dispose();
    expect(experiment.streams.map(({ name, samples }) => [name, samples.length])).toEqual([
      ['labelled', 6],
      ['unlabelled', 60],
    ]);
  });

  it.each<[what: string, changes: readonly string[], message: RegExp]>([
    [
      'an objective of classes',
      ['objectives=[cross-entropy]'],
      /cross-entropy needs one class an image.*labels.*"multi-label"/,
    ],
    [
      'a mixture of classes',
      ['objectives=[binary-cross-entropy, mixed-cross-entropy]'],
      /mixed-cross-entropy needs one class/,
    ],
    [
      'the softmax of a teacher',
      ['objectives=[binary-cross-entropy, [knowledge-distillation, {teacher: {ema: 0.9}}]]'],
      /knowledge-distillation compares logits as those of one class an image; they tell labels/,
    ],
    [
      'a metric of classes',
      ['metrics=[accuracy]'],
      /"accuracy" needs the target "label".*mean-average-precision, f1/,
    ],
    ['a sampler of classes', ['sampler=class-balanced'], /have no class each.*"shuffled"/],
    [
      'another task',
      ['task=classification', 'objectives=[cross-entropy]', 'metrics=[accuracy]'],
      /"classification" needs a target "label".*labels \(labels\)/,
    ],
    [
      'a positive target that is not there',
      ['objectives=[[contrastive-deep-supervision, {positives: mask}]]'],
      /"mask".*labels/,
    ],
    [
      'labels made of the likeliest class',
      ['unlabelled={labelled: 0.5, batch: 20}', 'objectives=[binary-cross-entropy, pseudo-label]'],
      /pseudo-label compares logits as those of one class an image/,
    ],
  ])('is refused before it begins: %s', async (_what, changes, message) => {
    const error: unknown = await train(changes).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message.length).toBeLessThan(400);
  });

  it.each([2, 0.5, NaN])('is refused where an image has %s for a label', async (value) => {
    const { config, registry } = await openConfig(path.join(import.meta.dirname, 'with-cds.yaml'), SMALL);
    const dataset = await registry.make(DATASET, config.dataset)({ seed: seedOf(0) });
    await expect(train([], { dataset: spoilt(dataset, value) })).rejects.toThrow(
      new RegExp(`test images: image 7 \\("drawing 7: .*"\\) has ${value} for a label; expected 0 or 1`),
    );
  });
});

/** A dataset whose test image 7 has a wrong number for one of its labels. */
const spoilt = (dataset: Dataset, value: number): Dataset => ({
  ...dataset,
  test: {
    ...dataset.test,
    async readTargets(positions) {
      const at = Array.from(positions).indexOf(7);
      return mapNamed(await dataset.test.readTargets(positions), (array): NdArray => {
        const data = Float32Array.from(array.data);
        if (at >= 0) data[at * 6 + 2] = value;
        return { ...array, data };
      });
    },
  },
});
