import { concat, scalar, slice, tensor1d, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  seedOf,
  variablesOf,
  type BuiltObjective,
  type ContrastiveLoss,
  type Named,
  type Objective,
  type StepContext,
  type Stream,
  type Term,
} from '@understory/core';
import {
  buildContextOf,
  lengthOf,
  relativeError,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
  valueAndGradients,
} from '@understory/core/testing';
import { barlowTwins, byol, ntXent, supCon, vicReg } from '@understory/losses';
import { describe, expect, it } from 'vitest';
import { runOnVectors } from './heads/vectorModule.ts';
import { bootstrapDeepSupervision, contrastiveDeepSupervision, expander, linear, sepConv } from './index.ts';

const rowsOf = (shape: number[], seed: number): Tensor2D => streamTensor(shape, seed) as Tensor2D;
const call = { training: true, keepStatistics: true };

/** Of the taps' embeddings A_i, B_i of widths 8, 12 and 16: value and the length of the gradient by A_i. */
const TAPS: Readonly<Record<string, readonly [ContrastiveLoss, readonly number[], readonly number[]]>> = {
  vicreg: [vicReg(), [24.866701, 28.745787, 25.279494], [6.1375343, 5.3908436, 3.8724098]],
  'barlow-twins': [barlowTwins(), [7.0660075, 16.062088, 15.537659], [4.8184172, 5.4130842, 7.4481409]],
  simclr: [
    ntXent({ temperature: 0.5 }),
    [1.611097, 2.1207291, 1.796734],
    [0.47865812, 0.41706974, 0.36300361],
  ],
};

describe('losses of the taps', () => {
  it.each(Object.entries(TAPS))(
    '%s has the golden values of the handbook',
    (_name, [loss, values, lengths]) => {
      for (const [i, width] of [8, 12, 16].entries()) {
        const views = [rowsOf([4, width], 130 + i), rowsOf([4, width], 140 + i)];
        const { value, gradients } = valueAndGradients((a, b) => loss(concat([a, b])), views);
        expect(relativeError([value], [values[i]!])).toBeLessThan(2e-6);
        expect(relativeError([lengthOf(gradients[0]!)], [lengths[i]!])).toBeLessThan(1e-5);
      }
    },
  );

  it('say how much they count beside a task', () => {
    expect([vicReg(), barlowTwins(), ntXent()].map((loss) => loss.factor?.(20))).toEqual([
      0.2,
      0.25,
      undefined,
    ]);
  });
});

describe("BYOL's predictor of a tap", () => {
  const made = expander({ hidden: 0.75, out: 1 })({
    name: 'predictor',
    towards: [],
    shape: [1, 1, 8],
    features: 8,
    seed: seedOf(1),
  });
  const [first, , , last, bias] = Object.values(variablesOf(made, '', true));
  tidy(() => {
    first!.assign(transpose(streamTensor([6, 8], 190)));
    last!.assign(transpose(streamTensor([8, 6], 191)));
    bias!.assign(streamTensor([8], 192));
  });
  const targets: Tensor2D = concat([rowsOf([4, 8], 193), rowsOf([4, 8], 194)]);
  const views = [rowsOf([4, 8], 130), rowsOf([4, 8], 140)];
  const predict = (x: Tensor2D): Tensor2D => runOnVectors(made, x, call);

  it('has the golden values of the handbook, views apart and together', () => {
    const apart = valueAndGradients((a, b) => byol(concat([predict(a), predict(b)]), targets), views);
    expect(apart.value).toBeCloseTo(4.4487756, 5);
    expect(apart.gradients.map(lengthOf).map((l) => l.toFixed(5))).toEqual(['0.62381', '0.76364']);
    const together = valueAndGradients((a, b) => byol(predict(concat([a, b])), targets), views);
    expect(together.value).toBeCloseTo(4.3074212, 5);
    expect(together.gradients.map(lengthOf).map((l) => l.toFixed(5))).toEqual(['0.80107', '0.79886']);
  });
});

const backbone = tinyBackbone();
const two = streamOf({ views: 2, labelled: false });
const built = async (objective: Objective, streams: readonly Stream[] = [two]): Promise<BuiltObjective> =>
  objective.build(buildContextOf(backbone, { streams, twin: () => tinyBackbone({ seed: 8 }) }));
const step = (images: Tensor = streamTensor([8, 8, 8, 3], 1)): StepContext =>
  stepContextOf(backbone, {
    images: images as Tensor4D,
    streams: [two],
    labels: { train: tensor1d([0, 0, 0, 0], 'int32') },
    epoch: scalar(0),
  });
const numberOf = (x: Scalar | number): number => (typeof x === 'number' ? x : x.dataSync()[0]!);
const weightsOf = (terms: Named<Term>): Record<string, number> =>
  Object.fromEntries(Object.entries(terms).map(([name, { weight }]) => [name, numberOf(weight)]));

describe('contrastiveDeepSupervision with losses that look at lengths', () => {
  const cds = (loss: ContrastiveLoss, options: object = {}): Objective =>
    contrastiveDeepSupervision({ loss, unlabelled: loss, head: sepConv(), expander: expander(), ...options });

  it('expands every embedding, that of the pooled feature too', async () => {
    const { modules, embeds, terms } = await built(cds(vicReg()));
    const taps = ['stage1', 'stage2', 'stage3'];
    const names = [...taps, ...[...taps, 'final'].map((name) => `${name}-expander`)];
    expect(Object.keys(modules)).toEqual(names);
    expect(Object.keys(embeds!)).toEqual(taps); // a distiller still finds the heads
    const context = step();
    const found = terms(context).terms;
    const embedding = modules['stage2']!.apply(context.taps[1]!, call) as Tensor2D;
    const expected = vicReg()(runOnVectors(modules['stage2-expander']!, embedding, call));
    expect(numberOf(found['stage2']!.value)).toBeCloseTo(numberOf(expected), 4);
    const final = vicReg()(runOnVectors(modules['final-expander']!, context.pooled, call));
    expect(numberOf(found['final']!.value)).toBeCloseTo(numberOf(final), 4);
  });

  it('leaves the pooled feature alone where it is not contrasted', async () => {
    const { modules } = await built(cds(vicReg(), { includeFinal: false }));
    expect(Object.keys(modules)).not.toContain('final-expander');
  });

  it("weighs each term by the loss's own factor, by its width, or by another", async () => {
    const of = async (objective: Objective): Promise<number> =>
      weightsOf((await built(objective)).terms(step()).terms)['stage1']!;
    expect(await of(cds(vicReg()))).toBeCloseTo(0.02, 9);
    expect(await of(cds(barlowTwins()))).toBeCloseTo((0.1 * 5) / 20, 9); // 2 · 10 wide
    expect(await of(cds(barlowTwins(), { expander: undefined }))).toBeCloseTo((0.1 * 5) / 10, 9);
    expect(await of(cds(ntXent()))).toBe(0.1);
    expect(await of(cds(vicReg(), { lossFactor: 3, perTap: { stage1: 2 } }))).toBeCloseTo(0.6, 9);
  });

  it('takes the factor of the loss that a stream has', async () => {
    const streams = [streamOf({ name: 'labelled', views: 2 }), { ...two, name: 'unlabelled' }];
    const mixed = contrastiveDeepSupervision({ loss: supCon(), unlabelled: vicReg(), head: sepConv() });
    const { terms } = await built(mixed, streams);
    const seen = stepContextOf(backbone, {
      images: streamTensor([16, 8, 8, 3], 1) as Tensor4D,
      streams,
      labels: { labelled: tensor1d([0, 1, 2, 3], 'int32') },
    });
    const weights = weightsOf(terms(seen).terms);
    expect([weights['stage1'], weights['stage1/unlabelled']]).toEqual([0.1, 0.1 * 0.2]);
  });
});

describe('bootstrapDeepSupervision', () => {
  const deep = (options: object = {}): Objective =>
    bootstrapDeepSupervision({ loss: byol, head: sepConv(), predictor: expander({ out: 1 }), ...options });

  it('has a predictor and a target on every tap and on the pooled feature', async () => {
    const { modules, state, embeds, terms } = await built(deep());
    const places = ['stage1', 'stage2', 'stage3', 'final'];
    expect(Object.keys(modules)).toEqual(places.flatMap((name) => [name, `${name}-predictor`]));
    expect(Object.keys(embeds!)).toEqual(places.slice(0, 3));
    expect(new Set(Object.keys(state!).map((name) => name.split('/')[0]))).toEqual(
      new Set(['average', 'average-stage1', 'average-stage2', 'average-stage3']),
    );
    const found = terms(step()).terms;
    expect(Object.keys(found)).toEqual(places.flatMap((name) => [name, `${name}/spread`]));
    expect(weightsOf(found)).toMatchObject({ stage1: 0.1, final: 0.1, 'stage1/spread': 0 });
  });

  it('predicts what the average makes of the other view, heads seeing both or each apart', async () => {
    const context = step();
    const run = (module: LayersModel, x: Tensor): Tensor2D => module.apply(x, call) as Tensor2D;
    const views = (map: Tensor): Tensor[] => [slice(map, 0, 4), slice(map, 4, 4)];
    for (const how of ['together', 'apart'] as const) {
      const { modules, terms } = await built(
        deep({ taps: ['stage2'], head: linear({ width: 6 }), views: how }),
      );
      const through = (map: Tensor): readonly [Tensor2D, Tensor2D] => {
        const z = run(modules['stage2']!, map);
        return [z, runOnVectors(modules['stage2-predictor']!, z, call)];
      };
      // The average begins as the student; apart, its backbone sees each view alone.
      const alone = views(context.images).map((x) => backbone.model.apply(x, call) as Tensor[]);
      const [own, other] =
        how === 'together'
          ? [[context.taps[1]!], [context.taps[1]!]]
          : [views(context.taps[1]!), alone.map((maps) => maps[1]!)];
      const predictions = concat(own.map((map) => through(map)[1]));
      const targets = concat(other.map((map) => through(map)[0]));
      const found = numberOf(terms(context).terms['stage2']!.value);
      expect(found).toBeCloseTo(numberOf(byol(predictions, targets)), 4);
    }
  });

  it('tells how far embeddings spread: nothing where all are one', async () => {
    const { terms } = await built(deep({ head: linear({ width: 6 }) }));
    const various = terms(step()).terms;
    expect(numberOf(various['stage1/spread']!.value)).toBeGreaterThan(0.01);
    const image = streamTensor([1, 8, 8, 3], 1);
    const same = terms(step(concat(Array.from({ length: 8 }, () => image)))).terms;
    expect(numberOf(same['stage1/spread']!.value)).toBeLessThan(1e-3);
  });

  it('refuses taps that are missing, one view, and a batch of one', async () => {
    for (const options of [
      { taps: ['stage9'] },
      { perTap: { stage9: 1 } },
      { perTap: { final: 1 }, includeFinal: false },
    ])
      await expect(built(deep(options))).rejects.toMatchObject({ code: 'unknown-name' });
    await expect(built(deep(), [streamOf()])).rejects.toMatchObject({ code: 'too-few-views' });
    await expect(built(deep(), [{ ...two, batch: 1 }])).rejects.toMatchObject({ code: 'batch-too-small' });
    await expect(built(deep({ predictor: expander() }))).rejects.toMatchObject({ code: 'widths-differ' });
  });
});
