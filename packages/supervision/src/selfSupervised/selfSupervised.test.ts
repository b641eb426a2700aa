import {
  add,
  addN,
  memory,
  mul,
  ones,
  reshape,
  scalar,
  tensor1d,
  tensor2d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  forward,
  unitVectors,
  variablesOf,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  type StepContext,
  type Stream,
  type Term,
} from '@understory/core';
import {
  buildContextOf,
  leakedBy,
  lengthOf,
  relativeError,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
} from '@understory/core/testing';
import { byol, byolMomentum, mocoInfoNce, simSiam, swav } from '@understory/losses';
import { describe, expect, it } from 'vitest';
import { expander, mlp, projector, sepConv } from '../index.ts';
import { bootstrapDeepSupervision } from './bootstrapDeepSupervision.ts';
import { momentumContrast } from './momentumContrast.ts';
import { risingShare } from './predict.ts';
import { bootstrapLatents, simpleSiamese } from './prediction.ts';
import { swappedPrediction } from './swappedPrediction.ts';

const backbone = tinyBackbone();
const two = streamOf({ views: 2, labelled: false });
const head = mlp({ width: 5 });
const parts = { head: projector({ widths: [7, 5] }), predictor: projector({ widths: [6, 5] }) };
const moco = (options: Partial<Parameters<typeof momentumContrast>[0]> = {}): Objective =>
  momentumContrast({ loss: mocoInfoNce({ temperature: 0.2 }), head, queue: 6, momentum: 0.9, ...options });
const methods: Readonly<Record<string, () => Objective>> = {
  'momentum-contrast': () => moco({ taps: 'all' }),
  'bootstrap-latents': () => bootstrapLatents({ loss: byol, ...parts, taps: ['stage2'] }),
  'simple-siamese': () => simpleSiamese({ loss: simSiam, ...parts }),
  'swapped-prediction': () => swappedPrediction({ loss: swav(), head, prototypes: 9 }),
  'bootstrap-deep-supervision': () =>
    bootstrapDeepSupervision({ loss: byol, head: sepConv(), predictor: expander({ out: 1 }) }),
};

const contextOf = (streams: readonly Stream[] = [two]): BuildContext =>
  buildContextOf(backbone, { streams, twin: () => tinyBackbone({ seed: 8 }) });
const built = async (objective: Objective, streams?: readonly Stream[]): Promise<BuiltObjective> =>
  objective.build(contextOf(streams));
const step = (options: { epoch?: Scalar } = {}): StepContext =>
  stepContextOf(backbone, {
    images: streamTensor([8, 8, 8, 3], 1) as Tensor4D,
    streams: [two],
    labels: { train: tensor1d([0, 0, 0, 0], 'int32') },
    ...options,
  });
const numberOf = (x: Scalar): number => x.dataSync()[0]!;
const values = (terms: Readonly<Record<string, Term>>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, t]) => [name, numberOf(t.value)]));
const call = { training: true, keepStatistics: true };
/** A module that a head made, on vectors. */
const run = (module: BuiltObjective['modules'][string], x: Tensor2D): Tensor2D =>
  module.apply(reshape(x, [-1, 1, 1, x.shape[1]]), call) as Tensor2D;
/** What an average that has just begun makes of images: it is the student. */
const pooledOf = (images: Tensor4D): Tensor2D => forward({ backbone }, images, call).pooled;

describe.each(Object.entries(methods))('%s', (_name, objective) => {
  it('moves its average with the updates of the weights alone', async () => {
    const { state = {}, update, terms } = await built(objective());
    const averages = Object.entries(state).flatMap(([name, v]) => (name.startsWith('average') ? [v] : []));
    const values = (): string[] => averages.map((v) => v.dataSync().join());
    tidy(() => {
      averages.forEach((v) => v.assign(add(v, 1)));
      const after = (applies: boolean): string[] => {
        const at = { ...step(), grouped: { updates: scalar(9), applies: scalar(applies, 'bool') } };
        update?.(at, terms(at).carry ?? {});
        return values();
      };
      const away = values();
      expect(after(false)).toEqual(away);
      after(true).forEach((value, i) => expect(value).not.toBe(away[i]));
    });
  });

  it('moves its heads and the backbone, never an average', async () => {
    const { modules, state = {}, terms, update } = await built(objective());
    const models = [...Object.values(modules), backbone.model];
    const trained = models.flatMap((m) => Object.values(variablesOf(m, '', true)));
    const context = step();
    const loss = (): Scalar => {
      const values = Object.values(
        terms({ ...context, ...forward({ backbone }, context.images, context.call) }).terms,
      );
      return addN<Scalar>(values.map((t) => t.value));
    };
    const { value, grads } = variableGrads(loss, [
      ...trained,
      ...Object.values(state).map((v) => ((v.trainable = true), v)),
    ]);
    expect(Number.isFinite(numberOf(value))).toBe(true);
    const reached = new Set(Object.keys(grads));
    const still = trained.filter((v) => !reached.has(v.name)).map((v) => v.name.split('/')[0]);
    expect(new Set(still)).toEqual(new Set(['classifier']));
    for (const v of Object.values(state)) expect(reached.has(v.name)).toBe(false);
    expect(update === undefined).toBe(Object.keys(state).length === 0);
  });

  it('a step leaves no tensor behind', async () => {
    const { terms, update } = await built(objective());
    const once = (): void =>
      tidy(() => {
        const context = step();
        const { carry = {} } = terms(context);
        update?.(context, carry);
      });
    once();
    const before = memory().numTensors;
    once();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses one view, and a tap or a stream that is missing', async () => {
    await expect(built(objective(), [streamOf()])).rejects.toMatchObject({ code: 'too-few-views' });
    await expect(built(moco({ taps: ['stage9'] }))).rejects.toMatchObject({ code: 'unknown-name' });
    await expect(built(moco({ stream: 'other' }))).rejects.toMatchObject({ code: 'unknown-name' });
  });
});

describe('momentumContrast', () => {
  it('compares view 0 with the key of view 1 and a queue of unit rows', async () => {
    const { modules, state, terms } = await built(moco());
    const context = step();
    const queue = state!['queue-final']! as Tensor as Tensor2D;
    for (const row of queue.arraySync()) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    const query = run(modules['final']!, context.rows(context.pooled, { view: 0 }));
    const key = run(modules['final']!, pooledOf(context.rows(context.images, { view: 1 })));
    const expected = mocoInfoNce({ temperature: 0.2 })(query, key, queue);
    expect(values(terms(context).terms)['final']).toBeCloseTo(numberOf(expected), 5);
  });

  it('queues the keys of a step, and moves the key encoder by its momentum', async () => {
    const { modules, state, terms, update } = await built(moco());
    const context = step();
    const keys = unitVectors(run(modules['final']!, pooledOf(context.rows(context.images, { view: 1 }))));
    const before = (state!['queue-final']! as Tensor as Tensor2D).arraySync();
    const average = state!['average-final/final/dense2/bias']!;
    const student = Object.values(variablesOf(modules['final']!, '')).at(-1)!;
    const [a, s] = [average.dataSync()[0]!, 3];
    const { carry } = terms(context);
    student.assign(mul(ones(student.shape), s));
    update!(context, carry!);
    const after = (state!['queue-final']! as Tensor as Tensor2D).arraySync();
    expect(relativeError(after.slice(0, 4).flat(), keys.arraySync().flat())).toBeLessThan(1e-5);
    expect(after.slice(4)).toEqual(before.slice(4));
    expect(state!['pointer-final']!.dataSync()[0]).toBe(4);
    expect(average.dataSync()[0]).toBeCloseTo(0.9 * a + 0.1 * s, 5);
    update!(context, terms(context).carry!);
    expect(state!['pointer-final']!.dataSync()[0]).toBe(2); // 8 of 6 rows
  });

  it('refuses a queue that a batch does not fit in, and a trainer without twins', async () => {
    const short = built(moco({ queue: 3 }));
    await expect(short).rejects.toThrow(/"queue" is 3, and a batch has 4 keys. Set "queue" to 4 or more/);
    const bare = buildContextOf(backbone, { streams: [two] });
    expect(() => moco().build(bare)).toThrow(/cannot keep an average/);
  });
});

describe('bootstrapLatents and simpleSiamese', () => {
  it('predict the other view: of the average, or of the network itself', async () => {
    const context = step();
    for (const [objective, loss] of [
      [bootstrapLatents({ loss: byol, ...parts }), byol],
      [simpleSiamese({ loss: simSiam, ...parts }), simSiam],
    ] as const) {
      const { modules, terms } = await built(objective);
      const embedding = run(modules['final']!, context.pooled);
      const prediction = run(modules['final-predictor']!, embedding);
      // The average begins as the student and sees both views, as the student does.
      const expected = numberOf(loss(prediction, embedding));
      expect(values(terms(context).terms)['final']).toBeCloseTo(expected, 5);
    }
  });

  it('let the share of the average rise along a cosine', () => {
    for (const epoch of [0, 3, 10, 25])
      expect(numberOf(risingShare(0.99, 10)(scalar(epoch)))).toBeCloseTo(
        byolMomentum(Math.min(epoch, 10), 10, 0.99),
        6,
      );
    expect(numberOf(risingShare(0.99, 0)(scalar(4)))).toBeCloseTo(0.99, 6);
  });

  it('follow the student by that share', async () => {
    const { modules, state, update } = await built(
      bootstrapLatents({ loss: byol, ...parts, momentum: 0.5, momentumEpochs: 10 }),
    );
    const student = Object.values(variablesOf(modules['final']!, ''))[0]!;
    const average = Object.entries(state!).find(([name]) => name.startsWith('average-final/'))![1];
    const first = average.dataSync()[0]!;
    student.assign(mul(ones(student.shape), 2));
    update!(step({ epoch: scalar(5) }), {});
    expect(average.dataSync()[0]).toBeCloseTo(0.75 * first + 0.25 * 2, 5);
    update!(step({ epoch: scalar(10) }), {});
    expect(average.dataSync()[0]).toBeCloseTo(0.75 * first + 0.25 * 2, 5);
  });

  it('refuse a batch of one, and a predictor of another width', async () => {
    const lonely = [{ ...two, batch: 1 }];
    await expect(built(simpleSiamese({ loss: simSiam, ...parts }), lonely)).rejects.toMatchObject({
      code: 'batch-too-small',
    });
    const wide = simpleSiamese({ loss: simSiam, head: parts.head, predictor: projector({ widths: [6] }) });
    await expect(built(wide)).rejects.toThrow(/"head" gives 5 numbers and "predictor" 6/);
  });
});

describe('swappedPrediction', () => {
  it('scores cosines with prototypes', async () => {
    const { modules, terms } = await built(swappedPrediction({ loss: swav(), head, prototypes: 9 }));
    const context = step();
    const z = run(modules['final']!, context.pooled).arraySync();
    const kernel = (
      Object.values(variablesOf(modules['final-prototypes']!, ''))[0]! as Tensor as Tensor2D
    ).arraySync();
    const scores = z.map((row) =>
      Array.from({ length: 9 }, (_, k) => {
        const prototype = kernel.map((line) => line[k]!);
        const dot = row.reduce((s, v, d) => s + v * prototype[d]!, 0);
        return dot / (Math.hypot(...row) * Math.hypot(...prototype));
      }),
    );
    const expected = swav()(tensor2d(scores));
    expect(values(terms(context).terms)['final']).toBeCloseTo(numberOf(expected), 4);
  });
});

describe('projector', () => {
  const make = (norm: 'hidden' | 'all') =>
    projector({ widths: [6, 4], norm })({
      name: 'p',
      towards: backbone.taps.slice(-1),
      shape: [1, 1, 10],
      features: 10,
      seed: contextOf().seed,
    });

  it('ends in a dense layer, or in a batch norm that is not scaled', () => {
    const x = streamTensor([9, 1, 1, 10], 5) as Tensor4D;
    const normed = (make('all').apply(x, { training: true }) as Tensor2D).arraySync();
    for (const k of [0, 1, 2, 3]) {
      const column = normed.map((row) => row[k]!);
      expect(column.reduce((a, b) => a + b) / 9).toBeCloseTo(0, 5);
      expect(lengthOf(column) / 3).toBeCloseTo(1, 3);
    }
    expect(make('all').trainableWeights.map((w) => w.originalName)).toHaveLength(6);
    expect(make('hidden').trainableWeights.map((w) => w.originalName)).toHaveLength(6);
    const hidden = make('hidden');
    expect(leakedBy(() => hidden.apply(x, { training: false }) as Tensor2D)).toBe(0);
  });
});
