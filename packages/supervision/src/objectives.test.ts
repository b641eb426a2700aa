import { readFileSync } from 'node:fs';
import {
  addN,
  concat,
  mean,
  memory,
  range,
  scalar,
  slice,
  sum,
  tensor1d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  crossEntropyLoss,
  variablesOf,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  type StepContext,
  type Stream,
  type Targets,
  type Term,
  classLogits,
} from '@understory/core';
import {
  buildContextOf,
  relativeError,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
  valueAndGradients,
} from '@understory/core/testing';
import { ntXent, supCon } from '@understory/losses';
import { describe, expect, it } from 'vitest';
import { crossEntropyOf, rowsOf } from './equations.test.support.ts';
import {
  contrastiveDeepSupervision,
  crossEntropy,
  deeplySupervisedNets,
  linear,
  pool,
  sepConv,
} from './index.ts';

const backbone = tinyBackbone();
const labels = [0, 3, 3, 1];
const labelTensor = tensor1d(labels, 'int32');
const ids = (...values: number[]): Tensor1D => tensor1d(values, 'int32');

const built = async (objective: Objective, streams: readonly Stream[]): Promise<BuiltObjective> =>
  objective.build(buildContextOf(backbone, { streams }));

const imagesFor = (streams: readonly Stream[]): Tensor4D => {
  const rows = streams.reduce((n, s) => n + s.batch * s.views, 0);
  return streamTensor([rows, 8, 8, 3], 1) as Tensor4D;
};

const step = (streams: readonly Stream[], options: { epoch?: Scalar } = {}): StepContext =>
  stepContextOf(backbone, {
    images: imagesFor(streams),
    streams,
    labels: Object.fromEntries(streams.map((s) => [s.name, labelTensor])),
    ...options,
  });

const numberOf = (value: number | Scalar): number =>
  typeof value === 'number' ? value : value.dataSync()[0]!;
const values = (terms: Readonly<Record<string, Term>>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, t]) => [name, numberOf(t.value)]));
const weights = (terms: Readonly<Record<string, Term>>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, t]) => [name, numberOf(t.weight)]));
const codeOf = async (build: () => unknown): Promise<unknown> => {
  try {
    await build();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return 'no error';
};

const two = streamOf({ views: 2 });
const one = streamOf();
const unlabelled = streamOf({ name: 'unlabelled', views: 2, labelled: false });
const cds = (options: Partial<Parameters<typeof contrastiveDeepSupervision>[0]> = {}): Objective =>
  contrastiveDeepSupervision({ loss: supCon({ temperature: 0.07 }), head: sepConv(), ...options });

interface Golden {
  scale: number;
  smoothing: number;
  value: number;
  gradient: number[];
}
const goldens = JSON.parse(
  readFileSync(new URL('../testdata/crossEntropy.json', import.meta.url), 'utf8'),
) as Golden[];

describe('crossEntropy', () => {
  it.each(goldens)(
    'has the value and gradient of PyTorch: logits × $scale, smoothing $smoothing',
    (golden) => {
      const y = ids(0, 3, 2, 4, 4, 1);
      const loss = (x: Tensor): Scalar => crossEntropyLoss(x as Tensor2D, y, golden.smoothing);
      const { value, gradients } = valueAndGradients(loss, [streamTensor([6, 5], 6, golden.scale)]);
      expect(relativeError([value], [golden.value])).toBeLessThan(1e-5);
      expect(relativeError(gradients[0]!, golden.gradient)).toBeLessThan(1e-5);
    },
  );

  it.each([0, 0.1])('is the mean over the first view, smoothing %f', async (labelSmoothing) => {
    const context = step([two]);
    const { ce } = (await built(crossEntropy({ labelSmoothing }), [two])).terms(context).terms;
    const logits = rowsOf(classLogits(context)).slice(0, 4);
    expect(numberOf(ce!.value)).toBeCloseTo(crossEntropyOf(logits, labels, labelSmoothing), 5);
    expect(ce!.weight).toBe(1);
  });

  it('takes another view, or all', async () => {
    const context = step([two]);
    const logits = rowsOf(classLogits(context));
    const second = (await built(crossEntropy({ view: 1, weight: 0.5 }), [two])).terms(context).terms;
    expect(numberOf(second['ce']!.value)).toBeCloseTo(crossEntropyOf(logits.slice(4), labels), 5);
    expect(second['ce']!.weight).toBe(0.5);
    const all = (await built(crossEntropy({ view: 'all' }), [two])).terms(context).terms;
    expect(numberOf(all['ce']!.value)).toBeCloseTo(crossEntropyOf(logits, [...labels, ...labels]), 5);
  });

  it('takes another loss', async () => {
    const context = step([one]);
    const objective = crossEntropy({ loss: (logits: Tensor2D) => mean(slice(logits, 0, [1, 1])) });
    const { ce } = (await built(objective, [one])).terms(context).terms;
    expect(numberOf(ce!.value)).toBe(rowsOf(classLogits(context))[0]![0]);
  });

  it('refuses a stream without labels, a view or a stream that is not there, and smoothing of a foreign loss', async () => {
    expect(await codeOf(() => built(crossEntropy(), [unlabelled]))).toBe('no-labels');
    expect(await codeOf(() => built(crossEntropy({ view: 2 }), [two]))).toBe('too-few-views');
    expect(await codeOf(() => built(crossEntropy({ stream: 'labeled' }), [two]))).toBe('unknown-name');
    const foreign = (): Objective => crossEntropy({ loss: () => scalar(0), labelSmoothing: 0.1 });
    expect(await codeOf(foreign)).toBe('options');
  });
});

describe('contrastiveDeepSupervision', () => {
  it('contrasts the embedding of each tap and the pooled feature', async () => {
    const objective = await built(cds(), [two]);
    expect(Object.keys(objective.modules)).toEqual(['stage1', 'stage2', 'stage3']);
    const context = step([two]);
    const terms = objective.terms(context).terms;
    expect(Object.keys(terms)).toEqual(['stage1', 'stage2', 'stage3', 'final']);
    const loss = supCon({ temperature: 0.07 });
    for (const [i, name] of ['stage1', 'stage2', 'stage3'].entries()) {
      const embedding = objective.modules[name]!.apply(context.taps[i]!, { training: true }) as Tensor2D;
      expect(numberOf(terms[name]!.value)).toBeCloseTo(numberOf(loss(embedding, labelTensor)), 5);
    }
    expect(numberOf(terms['final']!.value)).toBeCloseTo(numberOf(loss(context.pooled, labelTensor)), 5);
    expect(weights(terms)).toEqual({ stage1: 0.1, stage2: 0.1, stage3: 0.1, final: 0.1 });
  });

  it('supervises chosen taps with weights of their own that change with the epoch', async () => {
    const objective = await built(
      cds({
        taps: ['stage2'],
        perTap: { final: 3 },
        weight: 0.2,
        schedule: [
          [0, 0],
          [10, 1],
          [20, 0.5],
        ],
      }),
      [two],
    );
    const at = (epoch: number): Record<string, number> =>
      weights(objective.terms(step([two], { epoch: scalar(epoch) })).terms);
    for (const [epoch, factor] of [
      [0, 0],
      [5, 0.5],
      [10, 1],
      [15, 0.75],
      [99, 0.5],
    ] as const) {
      expect(at(epoch)['stage2']).toBeCloseTo(0.2 * factor, 6);
      expect(at(epoch)['final']).toBeCloseTo(0.6 * factor, 6);
    }
    const formula = await built(cds({ includeFinal: false }), [two]);
    expect(Object.keys(formula.terms(step([two])).terms)).toEqual(['stage1', 'stage2', 'stage3']);
  });

  it('contrasts a labelled and an unlabelled stream apart', async () => {
    const streams = [two, unlabelled];
    const objective = await built(
      cds({ unlabelled: ntXent({ temperature: 0.07 }), taps: ['stage3'] }),
      streams,
    );
    const context = step(streams);
    const terms = values(objective.terms(context).terms);
    expect(Object.keys(terms)).toEqual(['stage3', 'stage3/unlabelled', 'final', 'final/unlabelled']);
    const embedding = objective.modules['stage3']!.apply(context.taps[2]!, { training: true }) as Tensor2D;
    const width = embedding.shape[1];
    const own = supCon({ temperature: 0.07 })(slice(embedding, 0, [8, width]), labelTensor);
    const views = ntXent({ temperature: 0.07 })(slice(embedding, [8, 0], [8, width]));
    expect(terms['stage3']).toBeCloseTo(numberOf(own), 5);
    expect(terms['stage3/unlabelled']).toBeCloseTo(numberOf(views), 5);
  });

  it('contrasts them jointly: an unlabelled image matches its own views alone', async () => {
    const streams = [two, unlabelled];
    const objective = await built(cds({ combine: 'joint' }), streams);
    const context = step(streams);
    const { final } = values(objective.terms(context).terms);
    const part = (from: number): Tensor2D => slice(context.pooled, [from, 0], [4, context.pooled.shape[1]]);
    const stacked = concat([part(0), part(8), part(4), part(12)]);
    const expected = supCon({ temperature: 0.07 })(stacked, ids(...labels, 50, 51, 52, 53));
    expect(final).toBeCloseTo(numberOf(expected), 5);
  });

  it('asks the target that is named which images belong together, jointly too; the task’s class where none is', async () => {
    const streams = [two, unlabelled];
    const breeds = ids(3, 3, 1, 1);
    const withBreeds = (context: StepContext): StepContext => ({
      ...context,
      target: (name, select) => (name === 'breed' ? breeds : context.target(name, select)),
    });
    const targets: Targets = {
      breed: { kind: 'class', dtype: 'int32', shape: [] },
      label: { kind: 'class', dtype: 'int32', shape: [] },
    };
    const told = async (positives?: string): Promise<number> => {
      const options = { combine: 'joint', ...(positives && { positives }) } as const;
      const objective = await cds(options).build(buildContextOf(backbone, { streams, targets }));
      return values(objective.terms(withBreeds(step(streams))).terms)['final']!;
    };
    const context = step(streams);
    const part = (from: number): Tensor2D => slice(context.pooled, [from, 0], [4, context.pooled.shape[1]]);
    const stacked = concat([part(0), part(8), part(4), part(12)]);
    const expected = (own: readonly number[]): number =>
      numberOf(supCon({ temperature: 0.07 })(stacked, ids(...own, 50, 51, 52, 53)));
    expect(await told('breed')).toBeCloseTo(expected([3, 3, 1, 1]), 5);
    expect(await told()).toBeCloseTo(expected([...labels]), 5);
  });

  it('leaves out the streams that are not named', async () => {
    const streams = [one, unlabelled];
    const objective = await built(cds({ streams: ['unlabelled'], unlabelled: ntXent() }), streams);
    const context = step(streams);
    const terms = values(objective.terms(context).terms);
    const rows = slice(context.pooled, [4, 0], [8, context.pooled.shape[1]]);
    expect(terms['final']).toBeCloseTo(numberOf(ntXent()(rows)), 5);
    expect(Object.keys(terms)).toHaveLength(4);
  });

  it('moves every head and the backbone', async () => {
    const objective = await built(cds(), [two]);
    const models = [...Object.values(objective.modules), backbone.model];
    const all = models.flatMap((m) => Object.values(variablesOf(m, '', true)));
    const { grads } = tidy(() => {
      const result = variableGrads(() => {
        const parts = Object.values(objective.terms(step([two])).terms).map((t) => t.value);
        return addN<Scalar>(parts);
      }, all);
      return { grads: Object.keys(result.grads) };
    });
    const still = all.map((v) => v.name).filter((name) => !grads.includes(name));
    expect(still.map((name) => name.split('/')[0])).toEqual(['classifier', 'classifier']);
  });

  it.each([
    ['one view', cds(), [one], 'too-few-views'],
    ['a batch of one', cds(), [streamOf({ views: 2, batch: 1 })], 'batch-too-small'],
    ['no labels', cds(), [streamOf({ views: 2, labelled: false })], 'no-labels'],
    ['a tap that is missing', cds({ taps: ['stage7'] }), [two], 'unknown-name'],
    [
      'a factor for a tap that is not supervised',
      cds({ taps: ['stage1'], perTap: { stage2: 1 } }),
      [two],
      'unknown-name',
    ],
    ['a stream that is missing', cds({ streams: ['other'] }), [two], 'unknown-name'],
    ['a loss of two views on three', cds({ loss: ntXent() }), [streamOf({ views: 3 })], 'views-differ'],
    [
      'joint with other numbers of views',
      cds({ combine: 'joint' }),
      [two, { ...unlabelled, views: 3 }],
      'views-differ',
    ],
  ] as const)('refuses %s before the first step', async (_name, objective, streams, code) => {
    expect(await codeOf(() => built(objective, streams))).toBe(code);
  });
});

describe('deeplySupervisedNets', () => {
  it('gives each tap a classifier', async () => {
    const objective = await built(deeplySupervisedNets({ head: sepConv(), weight: 0.3 }), [one]);
    const context = step([one]);
    const terms = objective.terms(context).terms;
    expect(weights(terms)).toEqual({ stage1: 0.3, stage2: 0.3, stage3: 0.3 });
    for (const [i, name] of ['stage1', 'stage2', 'stage3'].entries()) {
      const embedding = objective.modules[name]!.apply(context.taps[i]!, { training: true }) as Tensor;
      const logits = objective.modules[`${name}-classifier`]!.apply(embedding) as Tensor;
      expect(logits.shape).toEqual([4, 5]);
      expect(numberOf(terms[name]!.value)).toBeCloseTo(crossEntropyOf(rowsOf(logits), labels), 4);
    }
  });

  it('weighs taps apart, along a line over the epochs', async () => {
    const perTap = { stage2: 2, stage3: 0 };
    const schedule: [number, number][] = [
      [0, 1],
      [10, 0],
    ];
    const objective = await built(deeplySupervisedNets({ head: pool(), weight: 0.5, perTap, schedule }), [
      one,
    ]);
    const at = (epoch: number): number[] =>
      Object.values(weights(objective.terms(step([one], { epoch: scalar(epoch) })).terms));
    expect(at(0)).toEqual([0.5, 1, 0]);
    expect(at(5)).toEqual([0.25, 0.5, 0]);
    expect(at(10)).toEqual([0, 0, 0]);
    const strange = deeplySupervisedNets({ head: pool(), perTap: { final: 1 } });
    expect(await codeOf(() => built(strange, [one]))).toBe('unknown-name');
  });

  it('takes linear classifiers, and the first of several views', async () => {
    const objective = await built(deeplySupervisedNets({ head: pool(), taps: ['stage1'] }), [two]);
    const context = step([two]);
    const pooled = slice(objective.modules['stage1']!.apply(context.taps[0]!) as Tensor2D, 0, 4);
    const logits = objective.modules['stage1-classifier']!.apply(pooled) as Tensor;
    expect(values(objective.terms(context).terms)['stage1']).toBeCloseTo(
      crossEntropyOf(rowsOf(logits), labels),
      5,
    );
  });

  it('refuses a stream without labels, and a tap that is missing', async () => {
    const objective = (taps: 'all' | string[]): Objective => deeplySupervisedNets({ head: linear(), taps });
    expect(await codeOf(() => built(objective('all'), [unlabelled]))).toBe('no-labels');
    expect(await codeOf(() => built(objective(['stage0']), [one]))).toBe('unknown-name');
  });
});

describe('memory', () => {
  it('a step leaves no tensor behind', async () => {
    const objectives = await Promise.all(
      [crossEntropy(), cds(), deeplySupervisedNets({ head: sepConv() })].map((o) => built(o, [two])),
    );
    const before = memory().numTensors;
    for (let i = 0; i < 2; i++)
      tidy(() => objectives.forEach((o) => o.terms(step([two], { epoch: sum(range(0, 1)) })).terms));
    expect(memory().numTensors).toBe(before);
  });
});

it('builds the same heads from the same seed', async () => {
  const first = await built(cds(), [two]);
  const second = await built(cds(), [two]);
  const bytes = (o: BuiltObjective): number[] =>
    Object.values(o.modules).flatMap((m) => m.weights.flatMap((w) => [...w.read().dataSync()]));
  expect(bytes(second)).toEqual(bytes(first));
  const context: BuildContext = buildContextOf(backbone, { streams: [two] });
  const other = await cds().build({ ...context, seed: context.seed.at('other') });
  expect(bytes(other)).not.toEqual(bytes(first));
});
