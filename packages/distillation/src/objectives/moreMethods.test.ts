import {
  addN,
  mean,
  norm,
  relu,
  reshape,
  scalar,
  slice,
  transpose,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  classLogits,
  runModule,
  seedOf,
  variablesOf,
  type Network,
  type Objective,
  type StepContext,
} from '@understory/core';
import {
  buildContextOf,
  relativeError,
  streamOf,
  streamTensor,
  tinyBackbone,
  valueAndGradients,
} from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import {
  cdsDistillation,
  classRelationDistillation,
  contextLoss,
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
import { read } from '../losses/goldens.test.support.ts';
import { beforeRelu } from './beforeRelu.ts';
import { convModule, torchRule } from './convModule.ts';
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
import { review, reviewModules, type ReviewLevel } from './reviewFusion.ts';

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

interface Review {
  readonly levels: readonly number[];
  readonly total: number;
  readonly lengths: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}
interface Hint {
  readonly value: number;
  readonly gradients: readonly (readonly number[])[];
}
const golden = read<{ review: Review; hint: Hint }>('moreMethods.json');

/** From [N, C, H, W] to [N, H, W, C]. */
const here = (x: Tensor): Tensor4D => transpose(x as Tensor4D, [0, 2, 3, 1]);
/** A kernel [out, in, h, w] as it is here. */
const setKernel = (module: LayersModel, shape: number[], seed: number, biasSeed?: number): void => {
  const [kernel, bias] = module.layers.find((layer) => layer.weights.length > 0)!.weights;
  kernel!.write(transpose(streamTensor(shape, seed), [2, 3, 1, 0]));
  if (biasSeed !== undefined) bias!.write(streamTensor([shape[0]!], biasSeed));
};

describe('modules between the networks, against PyTorch', () => {
  const call = { training: true, keepStatistics: true };

  it('ReviewKD’s levels', () => {
    const levels: ReviewLevel[] = [
      { name: 'pooled', student: [1, 1, 4], teacher: [1, 1, 6] },
      { name: 'stage2', student: [4, 4, 3], teacher: [4, 4, 5] },
      { name: 'stage1', student: [8, 8, 2], teacher: [8, 8, 3] },
    ];
    const modules = reviewModules(levels, 4, seedOf(1));
    for (const [i, { name, student, teacher: t }] of levels.entries()) {
      const k = 2 - i;
      setKernel(modules[`${name}/reduce`]!, [4, student[2], 1, 1], 163 + 2 * k);
      setKernel(modules[`${name}/expand`]!, [t[2], 4, 3, 3], 164 + 2 * k);
      if (i > 0) setKernel(modules[`${name}/attention`]!, [2, 8, 1, 1], 169 + 2 * k, 170 + 2 * k);
    }
    expect(Object.keys(modules)).toHaveLength(8);
    const targets = [
      reshape(streamTensor([4, 6], 175), [4, 1, 1, 6]),
      here(streamTensor([4, 5, 4, 4], 174)),
      here(streamTensor([4, 3, 8, 8], 173)),
    ] as Tensor4D[];
    const parts = (f0: Tensor, f1: Tensor, pooled: Tensor): Scalar[] => {
      const maps = [reshape(pooled, [4, 1, 1, 4]) as Tensor4D, here(f1), here(f0)];
      return review(levels, modules, maps, call).map((x, i) => contextLoss(x, targets[i]!));
    };
    const inputs = [
      streamTensor([4, 2, 8, 8], 160),
      streamTensor([4, 3, 4, 4], 161),
      streamTensor([4, 4], 162),
    ];
    const each = parts(...(inputs as [Tensor, Tensor, Tensor])).map(numberOf);
    expect(relativeError(each, golden.review.levels)).toBeLessThan(1e-5);
    expect(relativeError(each, [1.2438064, 1.0471445, 0.93099613])).toBeLessThan(1e-5);
    const made = valueAndGradients((...x: Tensor[]) => addN<Scalar>(parts(x[0]!, x[1]!, x[2]!)), inputs);
    expect(relativeError([made.value], [3.221947])).toBeLessThan(1e-5);
    golden.review.gradients.forEach((g, i) =>
      expect(relativeError(made.gradients[i]!, g)).toBeLessThan(1e-5),
    );
  });

  it('FitNet’s regressor', () => {
    const request = {
      name: 'r',
      shape: [8, 8, 3],
      filters: 5,
      kernel: [3, 3],
      stride: 2,
      padding: 1,
    } as const;
    const module = convModule({
      ...request,
      bias: true,
      then: ['norm', 'relu'],
      rule: torchRule,
      seed: seedOf(1),
    });
    setKernel(module, [5, 3, 3, 3], 183, 182);
    const target = here(streamTensor([2, 5, 4, 4], 181));
    const loss = (s: Tensor): Scalar => hintLoss(module.apply(here(s), { ...call }) as Tensor4D, target);
    const made = valueAndGradients(loss, [streamTensor([2, 3, 8, 8], 180)]);
    expect(relativeError([made.value], [golden.hint.value])).toBeLessThan(1e-5);
    expect(relativeError([made.value], [0.88737055])).toBeLessThan(1e-5);
    expect(relativeError(made.gradients[0]!, golden.hint.gradients[0]!)).toBeLessThan(1e-5);
  });

  it('bring maps of other sizes to the teacher’s', async () => {
    for (const [planes, own, given] of [
      [8, 16, 'a map twice as large'],
      [8, 8, 'a map of the same size'],
    ] as const) {
      const wide = tinyBackbone({ planes: [6, planes, 10, 12], seed: 9 });
      const student = tinyBackbone({ size: own });
      const network: Network = { backbone: { ...wide, model: wide.model }, modules: {} };
      const built = await hintTransfer({ teacher: { ema: 0.5 } }).build({
        ...buildContextOf(student, {
          streams: [one],
          teacher: network,
          twin: () => tinyBackbone({ size: own }),
        }),
      });
      expect(built.modules['regressor']!.outputs[0]!.shape.slice(1), given).toEqual([own / 2, own / 2, 6]);
    }
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

  it('LSSKD: the last one teaches the others, and takes no gradient from it', async () => {
    const built = await build(layeredSelfSupervision({ temperature: 2 }), [four]);
    const at = step(four);
    const outputs = ['stage1', 'stage4'].map((tap, i) =>
      runModule(built.modules[tap]!, at.taps[3 * i]!, at.call),
    );
    const { terms } = built.terms(at);
    const expected = numberOf(distillationKl({ temperature: 2 })(outputs[0]!, outputs[1]!));
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
  });

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
