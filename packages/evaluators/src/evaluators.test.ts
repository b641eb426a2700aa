import { memory } from '@tensorflow/tfjs-core';
import {
  callbacks,
  classesOf,
  float32,
  pickSamples,
  prepareTraining,
  runToEnd,
  eagerRunner,
  type EvaluationRequest,
  type Evaluator,
  type Experiment,
  type Objective,
  type Samples,
} from '@understory/core';
import { classLoss, streamOf, tinyExperiment } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { clusters } from './drawn.test.support.ts';
import { evaluatorPlugins, knn, linearProbe, retrieval } from './index.ts';

const task: Objective = {
  name: 'task',
  build: () => ({
    modules: {},
    terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }),
  }),
};
const tiny = tinyExperiment([task], { steps: 10, streams: [streamOf({ batch: 4 })] });
const first = (samples: Samples, count: number): Samples =>
  pickSamples(
    samples,
    Int32Array.from({ length: count }, (_, i) => i),
  );
const dataset = {
  ...tiny.dataset,
  validation: first(tiny.dataset.train, 15),
  test: first(tiny.dataset.train, 10),
};

const train = async (evaluators: readonly Evaluator[], own: Partial<Experiment> = {}) => {
  const experiment = { ...tiny, dataset, evaluators, ...own };
  const training = await prepareTraining(experiment, { runner: eagerRunner() });
  const epochs: Record<string, number>[] = [];
  try {
    const { done } = await runToEnd(training, [
      callbacks({ epoch: ({ metrics }) => void epochs.push(metrics) }),
    ]);
    return { epochs, result: done.result! };
  } finally {
    training.dispose();
  }
};

/** Embeddings in clusters that stand for what a network gives: images tell their class. */
const requestOf = (samples: Samples, learned = dataset.train): EvaluationRequest => ({
  ...{ dataset, samples, learned },
  infer: (some: Samples, outputs: readonly string[]) =>
    Promise.resolve(
      Object.fromEntries(
        outputs.map((name) => {
          const labels = classesOf(some);
          const { data } = clusters({
            labels,
            columns: 6,
            centres: 3,
            scale: name === 'pooled' ? 4 : 0.1,
            noise: 5,
          });
          return [name, float32(Float32Array.from(data), [some.length, 6])];
        }),
      ),
    ),
});

const OF = ['pooled', 'tap/stage2'];

describe('evaluators in a run', () => {
  it('look at the end of epochs, or of the run alone, at pooled features and at stages', async () => {
    const { epochs, result } = await train([
      knn({ of: OF, k: 3, when: 'epoch' }),
      linearProbe({ of: OF, steps: 30 }),
      retrieval({ ranks: [1] }),
    ]);
    expect(Object.keys(epochs[0]!)).toEqual(expect.arrayContaining(['knn', 'knn/stage2']));
    expect(Object.keys(epochs[0]!).filter((name) => /probe|recall/.test(name))).toEqual([]);
    for (const split of [result.last.validation, result.best.test])
      expect(Object.keys(split)).toEqual(
        expect.arrayContaining([
          'knn',
          'probe',
          'probeLoss/stage2',
          'recall@1',
          'rPrecision',
          'mAP@R',
          'queries',
        ]),
      );
    // The measured images are among the training ones, and each finds itself first.
    expect(result.last.test['probe']).toBeGreaterThan(0.4);
    expect(result.last.test['queries']).toBe(10);
  });

  it('change nothing of what is trained', async () => {
    const [without, watched] = [
      await train([]),
      await train([knn({ k: 2, when: 'epoch' }), linearProbe({ steps: 5 })]),
    ];
    // Without a metric there is no best epoch, whatever evaluators tell.
    const { last, bestEpoch } = watched.result;
    expect(last.test).toMatchObject(without.result.last.test);
    expect(bestEpoch).toBe(without.result.bestEpoch);
  });

  it.each<[what: string, evaluator: Evaluator, message: RegExp]>([
    ['a stage', knn({ of: ['tap/stage9'], k: 2 }), /"knn" looks at "tap\/stage9".*pooled, tap\/stage1/],
    ['so many neighbours', knn({ k: 21 }), /k = 21 neighbours of 20 training images/],
    ['a class to hold images out of', linearProbe({ decay: 'search' }), /None of 5 classes has 5 samples/],
  ])('are refused before step 0 where there is not %s', async (_what, evaluator, message) => {
    await expect(train([evaluator])).rejects.toThrow(message);
  });

  it('are refused before step 0 where images have no class', async () => {
    const entries = Object.entries(dataset.test).filter(([key]) => key !== 'groups');
    const unlabelled = Object.fromEntries(entries) as unknown as Samples;
    for (const evaluator of [knn({ k: 2 }), linearProbe(), retrieval()])
      await expect(train([evaluator], { dataset: { ...dataset, test: unlabelled } })).rejects.toThrow(
        /no class each/,
      );
  });
});

describe('what an evaluator is shown', () => {
  it('is told apart where it can be, output by output', async () => {
    const before = memory().numTensors;
    const seen = await Promise.all([
      knn({ of: OF, k: 3 }).evaluate(requestOf(dataset.test)),
      linearProbe({ of: OF, decay: 'search' }).evaluate(requestOf(dataset.test)).catch(String),
      retrieval({ of: OF, ranks: [1, 2] }).evaluate(requestOf(dataset.test)),
    ]);
    expect(seen[0]).toMatchObject({ knn: 1 });
    // Five classes of four training images: no fifth one to hold out.
    expect(seen[1]).toMatch(/None of 5 classes has 5 samples/);
    expect(seen[2]).toMatchObject({ 'recall@1': 1, 'mAP@R': 1, queries: 10 });
    expect((seen[2] as Record<string, number>)['mAP@R/stage2']).toBeLessThan(1);
    expect(memory().numTensors).toBe(before);
  });

  it('is at most so many images, which is said', async () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    await knn({ k: 3, limit: 12 }, { say }).evaluate(requestOf(dataset.test));
    await linearProbe({ limit: 15, steps: 1 }, { say }).evaluate(requestOf(dataset.test));
    await retrieval({ limit: 9, ranks: [1] }, { say }).evaluate(requestOf(dataset.test));
    expect(said).toEqual([
      expect.stringMatching(/^knn: neighbours are 12 of the 20 training images/),
      expect.stringMatching(/^linear-probe: it learns from 15 of the 20/),
      expect.stringMatching(/^linear-probe of pooled did not converge in 1 steps/),
      expect.stringMatching(/^retrieval: 9 of the 10 images/),
    ]);
  });

  it('is of training images whose labels are learned, and no others', async () => {
    const learned = first(dataset.train, 8);
    const said: string[] = [];
    const shown: number[] = [];
    const request = requestOf(dataset.test, learned);
    const watched: EvaluationRequest = {
      ...request,
      infer: (some, ...rest) => (shown.push(some.length), request.infer(some, ...rest)),
    };
    await knn({ k: 3 }).evaluate(watched);
    await linearProbe({ steps: 1 }, { say: (line) => void said.push(line) }).evaluate(watched);
    expect(shown).toEqual([8, 10, 8, 10]);
    await expect(knn({ k: 9 }).evaluate(watched)).rejects.toThrow(
      /k = 9 neighbours of 8 training images whose labels are learned/,
    );
  });

  it('gives no recall at ranks beyond the other images, which is said once', async () => {
    const said: string[] = [];
    const few = retrieval({ ranks: [1, 9, 10] }, { say: (line) => void said.push(line) });
    for (let i = 0; i < 2; i++)
      expect(await few.evaluate(requestOf(dataset.test))).toMatchObject({
        'recall@1': 1,
        'recall@9': 1,
        'recall@10': NaN,
      });
    expect(said).toEqual(['retrieval: an image has 9 others to find, so there is no recall at 10.']);
  });

  it('is refused where it is no row of numbers', async () => {
    const maps = { infer: () => Promise.resolve({ pooled: float32(new Float32Array(80), [10, 2, 2, 2]) }) };
    const asked = { ...requestOf(dataset.test), ...maps } as unknown as EvaluationRequest;
    await expect(knn({ k: 2 }).evaluate(asked)).rejects.toThrow(/"pooled" is \[10, 2, 2, 2\]/);
  });
});

it('every evaluator refuses an option that it does not know, and says when to use it and whose it is', () => {
  for (const { name, options, source, when } of evaluatorPlugins) {
    expect(() => options.parse({ unknown: 1 }), name).toThrow();
    expect([source, when].every(Boolean), name).toBe(true);
  }
});
