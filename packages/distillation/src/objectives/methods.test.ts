import { concat, relu, scalar, slice, softmax, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  crossEntropyLoss,
  runModule,
  seedOf,
  variablesOf,
  type BatchInfo,
  type Network,
  classLogits,
} from '@understory/core';
import { buildContextOf, tinyBackbone, trainSteps, trainedNetwork } from '@understory/core/testing';
import { crossEntropy } from '@understory/supervision';
import { describe, expect, it } from 'vitest';
import {
  attentionLoss,
  attentionTransfer,
  cdsDistillation,
  contrastiveRepresentation,
  correlationCongruence,
  distillationKl,
  ensembleKl,
  ensembleLogits,
  kernelCorrelationLoss,
  knowledgeDistillation,
  nativeEnsemble,
  rampUp,
  relationalDistillation,
  relationalLoss,
  relatedness,
  selectiveKl,
  selfSupervisedDistillation,
  similarityLoss,
  similarityPreserving,
  softCrossEntropy,
  standardize,
  wholeDistance,
} from '../index.ts';
import { unitVectors } from '../losses/rows.ts';
import { negativesOf } from './negatives.ts';
import {
  backbone,
  build,
  four,
  labels,
  numberOf,
  one,
  run,
  seenBy,
  step,
  supervision,
  teacher,
  two,
  values,
  weights,
} from './methods.test.support.ts';

describe('methods of logits and features', () => {
  const context = step(two);
  const images = context.rows(context.images, { view: 0 });
  const taught = seenBy(teacher, images);
  const [pooledT, logitsT] = taught.slice(-2) as [Tensor2D, Tensor2D];
  const pooled = context.rows(context.pooled, { view: 0 });
  const logits = context.rows(classLogits(context), { view: 0 });
  const term = async (objective: Parameters<typeof build>[0], name: string): Promise<number> =>
    values((await build(objective, [two])).terms(context).terms)[name]!;

  it('KD compares the logits of the first view', async () => {
    const expected = numberOf(distillationKl({ temperature: 2 })(logits, logitsT));
    expect(await term(knowledgeDistillation({ teacher: run, temperature: 2 }), 'kl')).toBeCloseTo(
      expected,
      5,
    );
  });

  it('KD can look at another view', async () => {
    const other = context.rows(context.images, { view: 1 });
    const [, second] = seenBy(teacher, other).slice(-2) as [Tensor2D, Tensor2D];
    const loss = distillationKl({ temperature: 4 });
    const expected = numberOf(loss(context.rows(classLogits(context), { view: 1 }), second));
    expect(await term(knowledgeDistillation({ teacher: run, view: 1 }), 'kl')).toBeCloseTo(expected, 5);
  });

  it('AT sums the stages', async () => {
    const each = [0, 1, 2, 3].map((i) => {
      const map = context.rows(context.taps[i]!, { view: 0 });
      return numberOf(attentionLoss(map, taught[i] as Tensor4D));
    });
    const expected = each.reduce((a, b) => a + b);
    expect(await term(attentionTransfer({ teacher: run }), 'attention')).toBeCloseTo(expected, 5);
  });

  it('RKD compares pooled features, SP the last maps', async () => {
    const relations = numberOf(relationalLoss({ distance: 25, angle: 50 })(pooled, pooledT));
    expect(await term(relationalDistillation({ teacher: run }), 'relations')).toBeCloseTo(relations, 4);
    const similarity = numberOf(similarityLoss(context.rows(context.taps[3]!, { view: 0 }), taught[3]!));
    expect(await term(similarityPreserving({ teacher: run }), 'similarity')).toBeCloseTo(similarity, 5);
  });

  it('CC embeds both, in the paper’s form too', async () => {
    const built = await build(correlationCongruence({ teacher: run, form: 'kernel', width: 7 }), [two]);
    const s = runModule(built.modules['student']!, pooled, context.call);
    const t = runModule(built.modules['teacher']!, pooledT, context.call);
    expect([s.shape, t.shape]).toEqual([
      [4, 7],
      [4, 7],
    ]);
    const expected = numberOf(kernelCorrelationLoss({ gamma: 0.4 })(s, t));
    expect(values(built.terms(context).terms)['correlation']).toBeCloseTo(expected, 6);
  });

  it('have the weights of the authors', async () => {
    const all = [
      knowledgeDistillation({ teacher: run }),
      attentionTransfer({ teacher: run }),
      relationalDistillation({ teacher: run }),
      similarityPreserving({ teacher: run }),
      correlationCongruence({ teacher: run }),
    ];
    const found = await Promise.all(
      all.map(async (o) => Object.values(weights((await build(o, [one])).terms(step(one)).terms))),
    );
    expect(found.flat()).toEqual([0.9, 1000, 1, 3000, 0.02]);
  });
});

describe('an average of the student as teacher', () => {
  it('begins as the student and follows it', async () => {
    const objectives = [crossEntropy(), knowledgeDistillation({ teacher: { ema: 0.6 } })];
    const { events, training } = await trainSteps(objectives, { streams: [one], steps: 1, rate: 0.1 });
    // At first both networks have the same weights, but the student's batch norm sees the batch.
    expect(events[0]!.terms['knowledge-distillation/kl']).toBeGreaterThan(0);
    const weight = (from: Network['backbone'] | 'teacher'): number[] => {
      const name = 'classifier/kernel';
      const v =
        from === 'teacher'
          ? training.network.state[`knowledge-distillation/teacher/${name}`]!
          : variablesOf(from.model, 'x')[`x/${name}`]!;
      return [...v.dataSync()];
    };
    const first = tinyBackboneOf(training.network.backbone);
    // After step 0 the share that stays is min(0.6, 0) = 0: the average is the student.
    expect(weight('teacher')).toEqual(weight(training.network.backbone));
    expect(weight('teacher')).not.toEqual(first);
    training.dispose();
  });

  it('forgets by min(decay, 1 − 1/(k+1))', async () => {
    const built = await build(knowledgeDistillation({ teacher: { ema: 0.6 } }), [one]);
    const average = built.state!['teacher/classifier/bias']!;
    const student = variablesOf(backbone.model, 'x')['x/classifier/bias']!;
    const before = [...student.dataSync()];
    average.assign(tensor1d([1, 1, 1, 1, 1]));
    const at = (k: number): void => built.update!({ ...step(one), step: scalar(k) }, {});
    at(1); // 1 − 1/2
    const once = before.map((v) => 0.5 + 0.5 * v);
    for (const [i, v] of [...average.dataSync()].entries()) expect(v).toBeCloseTo(once[i]!, 6);
    at(9); // 0.6
    const twice = once.map((v, i) => 0.6 * v + 0.4 * before[i]!);
    for (const [i, v] of [...average.dataSync()].entries()) expect(v).toBeCloseTo(twice[i]!, 6);
  });
});

describe('CRD', () => {
  const objective = contrastiveRepresentation({ teacher: run, negatives: 8, width: 6 });
  const info = (seed: number): BatchInfo => ({
    step: 0,
    epoch: 0,
    seed: seedOf(seed),
    positions: { train: Int32Array.of(0, 3, 8, 1) },
    targets: {},
  });

  it('draws distinct samples of other classes, the same from the same seed', async () => {
    const { feed } = await build(objective, [one]);
    const drawn = feed!(info(1))['drawn']!;
    expect(drawn.shape).toEqual([4, 8]);
    expect([...feed!(info(1))['drawn']!.data]).toEqual([...drawn.data]);
    expect([...feed!(info(2))['drawn']!.data]).not.toEqual([...drawn.data]);
    for (const [i, label] of [0, 3, 3, 1].entries()) {
      const row = [...drawn.data.slice(i * 8, i * 8 + 8)];
      expect(new Set(row).size).toBe(8);
      expect(row.every((p) => p % 5 !== label)).toBe(true); // sample p has class p mod 5
    }
  });

  it('draws evenly, and with replacement where there are too few', () => {
    const draw = negativesOf('test', Int32Array.of(0, 1, 0, 2, 1, 2));
    const counts = new Int32Array(6);
    for (let s = 0; s < 3000; s++) for (const p of draw(0, 2, seedOf(s).rng())) counts[p]! += 1;
    expect([counts[0], counts[2]]).toEqual([0, 0]);
    for (const p of [1, 3, 4, 5]) expect(Math.abs(counts[p]! - 1500)).toBeLessThan(150);
    const many = draw(0, 50, seedOf(1).rng());
    expect(many).toHaveLength(50);
    expect([...many].every((p) => [1, 3, 4, 5].includes(p))).toBe(true);
    expect(() => negativesOf('test', Int32Array.of(1, 1))).toThrow(/one class/);
  });

  it('sets the constants once and moves the entries of the batch', async () => {
    const built = await build(objective, [one]);
    const state = built.state!;
    const context = {
      ...step(one, {
        fed: {
          drawn: tensor2d(
            [0, 3, 3, 1].flatMap(() => [2, 4, 5, 6, 7, 9, 10, 11]),
            [4, 8],
            'int32',
          ),
        },
      }),
      positions: () => tensor1d([0, 3, 8, 1], 'int32'),
    };
    const bank = (): number[] => [...state['student-bank']!.dataSync()];
    const constants = (): number[] =>
      ['student-partition', 'teacher-partition'].map((n) => state[n]!.dataSync()[0]!);
    const before = bank();
    expect(constants()).toEqual([0, 0]);
    built.update!(context, built.terms(context).carry!);
    const [first, after] = [constants(), bank()];
    expect(first.every((z) => z > 0)).toBe(true);
    const changed = before.flatMap((v, i) => (v === after[i] ? [] : [Math.floor(i / 6)]));
    expect([...new Set(changed)]).toEqual([0, 1, 3, 8]);
    expect(Math.hypot(...after.slice(18, 24))).toBeCloseTo(1, 5);
    built.update!(context, built.terms(context).carry!);
    expect(constants()).toEqual(first);
  });
});

describe('ONE', () => {
  it('has the ramp of the authors', () => {
    const at = (e: number): number => numberOf(rampUp(scalar(e), 80));
    for (const [epoch, value] of [
      [0, 0.006738],
      [0.9, 0.006738],
      [20, 0.060055],
      [40, 0.286505],
      [80, 1],
      [99, 1],
    ] as const)
      expect(at(epoch)).toBeCloseTo(value, 5);
    expect(rampUp(scalar(0), 0)).toBe(1);
  });

  it.each([
    ['as they are', 'none', (x: Tensor2D) => x],
    ['standardised', 'sample', standardize({ unbiased: true })],
  ] as const)('weighs the branches by the gate, and compares their logits %s', async (_, way, z) => {
    const built = await build(
      nativeEnsemble({ temperature: 2, rampEpochs: 0, mimicWeight: 0.5, standardize: way }),
      [one],
    );
    const context = step(one);
    const map = context.taps[2]!;
    const call = { training: true, keepStatistics: true };
    const sides = ['branch2', 'branch3'].map((n) => runModule(built.modules[n]!, map, call));
    const all = [classLogits(context), ...sides];
    const together = ensembleLogits(all, softmax(runModule(built.modules['gate']!, map, call)));
    const terms = built.terms(context).terms;
    const loss = ensembleKl({ temperature: 2 });
    const kl = all.reduce((s, x) => s + numberOf(loss(z(x), z(together))), 0);
    expect(values(terms)['kl']).toBeCloseTo(kl, 4);
    expect(values(terms)['ensemble']).toBeCloseTo(numberOf(crossEntropyLoss(together, labels)), 4);
    expect(weights(terms)['kl']).toBeCloseTo(0.5, 6);
  });
});

describe('SSKD', () => {
  it('compares plain and augmented rows, and the relations between them', async () => {
    const built = await build(selfSupervisedDistillation({ teacher: run, headEpochs: 0 }), [four]);
    const context = step(four);
    const [pooledT, logitsT] = seenBy(teacher, context.images).slice(-2) as [Tensor2D, Tensor2D];
    const plain = (x: Tensor2D): Tensor2D => slice(x, 0, 4);
    const others = (x: Tensor2D): Tensor2D => slice(x, [4, 0], [12, x.shape[1]]);
    const terms = values(built.terms(context).terms);
    expect(terms['kl']).toBeCloseTo(
      numberOf(distillationKl({ temperature: 4 })(plain(classLogits(context)), plain(logitsT))),
      5,
    );
    const transfer = selectiveKl({ temperature: 4, share: 1 });
    const repeated = concat([labels, labels, labels]);
    expect(terms['transfer']).toBeCloseTo(
      numberOf(transfer(others(classLogits(context)), others(logitsT), repeated)),
      4,
    );
    const z = runModule(built.modules['student-head']!, context.pooled, context.call);
    const zT = runModule(built.modules['teacher-head']!, pooledT, context.call);
    const own = tensor1d([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3], 'int32');
    const related = selectiveKl({ temperature: 0.5, share: 0.75 });
    const expected = related(relatedness(others(z), plain(z)), relatedness(others(zT), plain(zT)), own);
    expect(terms['pretext']).toBeCloseTo(numberOf(expected), 5);
  });

  it("trains the teacher's head first, then freezes it and teaches its relations", async () => {
    const built = await build(selfSupervisedDistillation({ teacher: run, headEpochs: 2 }), [four]);
    const at = (epoch: number) => step(four, { epoch: scalar(epoch) });
    const during = weights(built.terms(at(1.9)).terms);
    expect([during['pretext'], during['teacher-head']]).toEqual([0, 1]);
    const after = weights(built.terms(at(2)).terms);
    expect([after['pretext'], after['teacher-head']]).toEqual([10, 0]);
    const head = Object.values(variablesOf(built.modules['teacher-head']!, ''))[0]!;
    const frozen = Object.values(built.state!)[0]!;
    head.assign(relu(head));
    built.update!(at(1), {});
    const kept = [...head.dataSync()];
    expect([...frozen.dataSync()]).toEqual(kept);
    head.assign(softmax(head));
    built.update!(at(2), {});
    expect([...frozen.dataSync()]).toEqual(kept);
  });
});

describe('CDS distillation', () => {
  it('compares every stage through an adapter, the pooled feature, and the first view’s logits', async () => {
    const built = await build(cdsDistillation({ teacher: run, supervision: supervision() }), [two]);
    expect(Object.keys(built.modules)).toEqual([
      ...['stage1', 'stage2', 'stage3'],
      ...['adapter-stage1', 'adapter-stage2', 'adapter-stage3', 'adapter-final'],
    ]);
    const context = step(two);
    const outputs = teacher.backbone.model.apply(context.images, {
      training: true,
      keepStatistics: true,
    }) as Tensor[];
    const adapted = (name: string, x: Tensor2D): Tensor2D =>
      runModule(built.modules[`adapter-${name}`]!, unitVectors(x), context.call);
    const terms = built.terms(context).terms;
    for (const [i, name] of ['stage1', 'stage2', 'stage3'].entries()) {
      const s = runModule(built.modules[name]!, context.taps[i]!, context.call);
      const head = teacher.modules[`contrastive-deep-supervision/${name}`]!;
      const t = runModule(head, outputs[i]!, { training: true, keepStatistics: true });
      const expected = numberOf(wholeDistance(adapted(name, s), unitVectors(t)));
      expect(values(terms)[`distance/${name}`]).toBeCloseTo(expected, 4);
    }
    const [pooledT, logitsT] = outputs.slice(-2) as [Tensor2D, Tensor2D];
    const final = numberOf(wholeDistance(adapted('final', context.pooled), unitVectors(pooledT)));
    expect(values(terms)['distance/final']).toBeCloseTo(final, 4);
    const soft = softCrossEntropy({ temperature: 3 })(
      slice(classLogits(context), 0, 4),
      slice(logitsT, 0, 4),
    );
    expect(values(terms)['logits']).toBeCloseTo(numberOf(soft), 5);
    const { logits, ...rest } = weights(terms);
    expect(logits).toBe(1);
    for (const w of Object.values(rest)) expect(w).toBeCloseTo(0.1, 6);
  });

  it('needs no adapter between equal widths', async () => {
    const same = tinyBackbone({ seed: 5 });
    const heads = await supervision().build(buildContextOf(same, { streams: [two] }));
    const taught = trainedNetwork('cds-distillation', same, heads);
    const built = await build(cdsDistillation({ teacher: run, supervision: supervision() }), [two], taught);
    expect(Object.keys(built.modules)).toEqual(['stage1', 'stage2', 'stage3']);
    const all = cdsDistillation({
      teacher: run,
      supervision: supervision(),
      adapters: 'always',
      distance: 'mean-squared',
      logits: 'kl',
    });
    expect(Object.keys((await build(all, [two], taught)).modules)).toHaveLength(7);
  });
});

const tinyBackboneOf = (network: Network['backbone']): number[] => {
  const fresh = tinyBackbone({ seed: 1, classes: network.classes });
  return [...variablesOf(fresh.model, 'x')['x/classifier/kernel']!.dataSync()];
};
