import {
  mean,
  norm,
  relu,
  scalar,
  slice,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  classLogits,
  runModule,
  variablesOf,
  type Network,
  type Objective,
  type StepContext,
} from '@understory/core';
import { relativeError, streamOf } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import {
  cdsDistillation,
  classRelationDistillation,
  decoupledDistillation,
  distillationKl,
  hierarchicalDistillation,
  hintLoss,
  hintTransfer,
  knowledgeDistillation,
  knowledgeReview,
  layeredSelfSupervision,
  neighbourChanceLoss,
  neuronSelectivity,
  neuronSelectivityLoss,
  normalizedDistillation,
  otherClassesKl,
  probabilisticTransfer,
  rankedOthersLoss,
  classRanks,
  selfSupervisedDistillation,
  standardize,
  targetClassKl,
  universalSelfDistillation,
} from '../index.ts';
import { beforeRelu } from './beforeRelu.ts';
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

const context = step(one);
const seen = seenBy(teacher, context.images);
const [pooledT, logitsT] = seen.slice(-2) as [Tensor2D, Tensor2D];
const logits = classLogits(context);
const termsOf = async (objective: Objective, at: StepContext = context) =>
  (await build(objective, at.streams)).terms(at).terms;

describe('methods of logits', () => {
  it('DKD has both parts with their weights, which set in over the first epochs', async () => {
    const objective = decoupledDistillation({ teacher: run, temperature: 2, rampEpochs: 4, othersWeight: 6 });
    const terms = values(await termsOf(objective));
    const [target, others] = [targetClassKl({ temperature: 2 }), otherClassesKl({ temperature: 2 })];
    expect(terms['target']).toBeCloseTo(numberOf(target(logits, logitsT, labels)), 5);
    expect(terms['others']).toBeCloseTo(numberOf(others(logits, logitsT, labels)), 5);
    for (const [epoch, share] of [
      [0, 0.25],
      [0.9, 0.25],
      [1, 0.5],
      [3, 1],
      [40, 1],
    ] as const)
      expect(weights(await termsOf(objective, step(one, { epoch: scalar(epoch) })))).toEqual({
        target: share,
        others: 6 * share,
      });
  });

  it('standardise both networks’ logits alike before every one of them', async () => {
    const z = standardize({ unbiased: false });
    const expected = numberOf(distillationKl({ temperature: 4 })(z(logits), z(logitsT)));
    const population = { teacher: run, standardize: 'population', temperature: 4 } as const;
    expect(values(await termsOf(knowledgeDistillation(population)))['kl']).toBeCloseTo(expected, 5);
    const turned = step(four);
    const plain = (x: Tensor2D): Tensor2D => slice(x, 0, 4);
    const taught = seenBy(teacher, turned.images).at(-1) as Tensor2D;
    const sskd = numberOf(
      distillationKl({ temperature: 4 })(z(plain(classLogits(turned))), z(plain(taught))),
    );
    expect(values(await termsOf(selfSupervisedDistillation(population), turned))['kl']).toBeCloseTo(sskd, 5);
    const others = [decoupledDistillation, classRelationDistillation, normalizedDistillation];
    for (const make of others) {
      const [raw, same] = await Promise.all(
        [{ teacher: run }, { teacher: run, standardize: 'sample' as const }].map(async (options) =>
          values(await termsOf(make(options))),
        ),
      );
      expect(Object.keys(raw!)).toEqual(Object.keys(same!));
      for (const [name, value] of Object.entries(raw!)) expect(same![name]).not.toBeCloseTo(value, 4);
    }
    for (const make of [
      () => cdsDistillation({ teacher: run, supervision: supervision(), standardize: 'sample' }),
      () => hierarchicalDistillation({ teacher: run, standardize: 'sample' }),
    ])
      expect(() => make()).not.toThrow();
  });

  it('have the weights of their authors', async () => {
    const late = step(one, { epoch: scalar(100) });
    const all = [
      decoupledDistillation({ teacher: run }),
      classRelationDistillation({ teacher: run }),
      normalizedDistillation({ teacher: run }),
      universalSelfDistillation(),
      probabilisticTransfer({ teacher: run }),
      neuronSelectivity({ teacher: run }),
      hintTransfer({ teacher: run }),
      knowledgeReview({ teacher: run }),
    ];
    const found = await Promise.all(all.map(async (o) => Object.values(weights(await termsOf(o, late)))));
    const rounded = found.flat().map((w) => Number(w.toPrecision(6)));
    expect(rounded).toEqual([1, 8, 2, 2, 1, 3.5, 0.1, 0.1, 0.1, 30000, 50, 100, 5]);
  });

  it('USKD’s weak head reads the last stage but one, and alone learns from its cross-entropy', async () => {
    const built = await build(universalSelfDistillation({ rankBy: 'probability' }), [one]);
    const weak = runModule(built.modules['weak']!, mean(context.taps[2]!, [1, 2]), context.call);
    const ranks = classRanks(logits, weak, labels, 'probability');
    const { terms } = built.terms(context);
    expect(values(terms)['others']).toBeCloseTo(numberOf(rankedOthersLoss(logits, ranks, labels)), 5);
    const head = Object.values(variablesOf(built.modules['weak']!, '', true));
    const slopes = (name: string): number => {
      const { grads } = variableGrads(
        () => built.terms(step(one)).terms[name]!.value,
        [...head, ...Object.values(variablesOf(backbone.model, '', true))],
      );
      return head.reduce((sum, v) => sum + (grads[v.name] ? numberOf(norm(grads[v.name]!) as Scalar) : 0), 0);
    };
    expect(slopes('weak')).toBeGreaterThan(0);
    expect(slopes('others')).toBe(0);
  });
});

describe('methods of features', () => {
  it('PKT looks at pooled features, NST at all stages', async () => {
    const neighbours = numberOf(neighbourChanceLoss(context.pooled, pooledT));
    expect(values(await termsOf(probabilisticTransfer({ teacher: run })))['neighbours']).toBeCloseTo(
      neighbours,
      6,
    );
    const each = [0, 1, 2, 3].map((i) =>
      numberOf(neuronSelectivityLoss(context.taps[i]!, seen[i] as Tensor4D)),
    );
    const neurons = each.reduce((a, b) => a + b);
    expect(values(await termsOf(neuronSelectivity({ teacher: run })))['neurons']).toBeCloseTo(neurons, 5);
  });

  it('FitNet looks at the second stage, or at the one that is named', async () => {
    for (const [options, tap] of [
      [{}, 1],
      [{ tap: 'stage3' }, 2],
    ] as const) {
      const built = await build(hintTransfer({ teacher: run, ...options }), [one]);
      const made = built.modules['regressor']!.apply(context.taps[tap]!, { ...context.call }) as Tensor4D;
      expect(values(built.terms(context).terms)['hint']).toBeCloseTo(
        numberOf(hintLoss(made, seen[tap] as Tensor4D)),
        5,
      );
    }
    await expect(build(hintTransfer({ teacher: run, tap: 'stage9' }), [one])).rejects.toThrow(/stage9/);
  });

  it('the teacher’s maps are those before the ReLU, its weights the same', () => {
    const plain = beforeRelu(teacher);
    const maps = seenBy(plain, context.images);
    for (const i of [0, 1, 2, 3]) {
      const [before, after] = [maps[i]!, seen[i]!];
      expect(Math.min(...before.dataSync())).toBeLessThan(0);
      expect(relativeError(relu(before).dataSync<'float32'>(), after.dataSync<'float32'>())).toBeLessThan(
        1e-6,
      );
    }
    expect(relativeError(maps[5]!.dataSync<'float32'>(), logitsT.dataSync<'float32'>())).toBeLessThan(1e-6);
    expect(variablesOf(plain.backbone.model, '')).toEqual(variablesOf(teacher.backbone.model, ''));
  });

  it('a map that ends in no ReLU stays as it is', () => {
    const again = beforeRelu(beforeRelu(teacher));
    const [maps, once] = [again, beforeRelu(teacher)].map((n) => seenBy(n, context.images)) as [
      Tensor[],
      Tensor[],
    ];
    for (const i of [0, 3]) expect(maps[i]!.dataSync()).toEqual(once[i]!.dataSync());
  });
});

describe('branches over classes and turns', () => {
  it('are copies of the later stages, after the last one its own once more', async () => {
    const built = await build(layeredSelfSupervision(), [four]);
    const maps = (tap: string): number[] =>
      built.modules[tap]!.layers.filter((layer) => layer.name.includes('conv')).map(
        (layer) => (layer.outputShape as number[])[3]!,
      );
    expect(['stage1', 'stage2', 'stage3', 'stage4'].map(maps)).toEqual([[6, 8, 10], [8, 10], [10], [10]]);
    for (const branch of Object.values(built.modules)) expect(branch.outputs[0]!.shape).toEqual([null, 20]);
    const last = built.modules['stage4']!.layers.find((layer) => layer.name.includes('conv'))!;
    expect((last.outputShape as number[]).slice(1, 3)).toEqual([1, 1]);
  });

  it.each([
    ['as they are', 'none', (x: Tensor2D) => x],
    ['standardised', 'sample', standardize({ unbiased: true })],
  ] as const)(
    'LSSKD: the last one teaches the others, logits %s, and takes no gradient from it',
    async (_, way, z) => {
      const built = await build(layeredSelfSupervision({ temperature: 2, standardize: way }), [four]);
      const at = step(four);
      const outputs = ['stage1', 'stage4'].map((tap, i) =>
        runModule(built.modules[tap]!, at.taps[3 * i]!, at.call),
      );
      const { terms } = built.terms(at);
      const expected = numberOf(distillationKl({ temperature: 2 })(z(outputs[0]!), z(outputs[1]!)));
      expect(values(terms)['kl/stage1']).toBeCloseTo(expected, 5);
      const last = Object.values(variablesOf(built.modules['stage4']!, '', true));
      const first = Object.values(variablesOf(built.modules['stage1']!, '', true));
      const { grads } = variableGrads(
        () => built.terms(step(four)).terms['kl/stage1']!.value,
        [...last, ...first],
      );
      expect(
        last.filter((v) => grads[v.name] !== undefined && numberOf(norm(grads[v.name]!) as Scalar) > 0),
      ).toEqual([]);
      expect(
        first.some((v) => grads[v.name] !== undefined && numberOf(norm(grads[v.name]!) as Scalar) > 0),
      ).toBe(true);
      const apart = await build(layeredSelfSupervision({ mimicWeight: 0 }), [four]);
      expect(Object.keys(apart.terms(at).terms)).toEqual(['stage1', 'stage2', 'stage3', 'stage4']);
    },
  );

  it('HSAKD: each branch learns from the teacher’s of the same stage, the logits on all turns', async () => {
    const built = await build(hierarchicalDistillation({ teacher: run }), [four]);
    const at = step(four);
    const taught = seenBy(teacher, at.images);
    const kl = distillationKl({ temperature: 3 });
    const own = runModule(built.modules['stage2']!, at.taps[1]!, at.call);
    const other = runModule(teacher.modules['layered-self-supervision/stage2']!, taught[1]!, {
      training: false,
    });
    const terms = values(built.terms(at).terms);
    expect(terms['kl/stage2']).toBeCloseTo(numberOf(kl(own, other)), 4);
    expect(terms['kl']).toBeCloseTo(numberOf(kl(classLogits(at), taught.at(-1) as Tensor2D)), 5);
  });

  it('HSAKD: refuses a teacher without branches, or with those of other views', async () => {
    const bare: Network = { backbone: teacher.backbone, modules: {} };
    const refused = build(hierarchicalDistillation({ teacher: run }), [four], bare);
    await expect(refused).rejects.toMatchObject({ code: 'teacher-heads' });
    await expect(refused).rejects.toThrow(/Train them with "layered-self-supervision"/);
    const views = build(hierarchicalDistillation({ teacher: run }), [two]);
    await expect(views).rejects.toMatchObject({ code: 'views-differ' });
    await expect(views).rejects.toThrow(/tell 4 views apart, and there are 2/);
  });
});

it.each([
  ['DIST', classRelationDistillation({ teacher: run })],
  ['PKT', probabilisticTransfer({ teacher: run })],
] as const)('%s compares images: a batch of one is refused', async (_name, objective) => {
  const alone = build(objective, [streamOf({ batch: 1 })]);
  await expect(alone).rejects.toMatchObject({ code: 'batch-too-small' });
});

it.each([
  ['DKD', decoupledDistillation({ teacher: run })],
  ['NKD', normalizedDistillation({ teacher: run })],
  ['USKD', universalSelfDistillation()],
  ['LSSKD', layeredSelfSupervision()],
] as const)('%s needs labels', async (_name, objective) => {
  const lonely = streamOf({ labelled: false, views: 4 });
  await expect(async () => build(objective, [lonely])).rejects.toMatchObject({ code: 'no-labels' });
});
