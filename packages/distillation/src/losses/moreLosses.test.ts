import {
  add,
  addN,
  concat,
  gather,
  mul,
  ones,
  slice,
  softmax,
  tensor1d,
  tidy,
  zeros,
  type Rank,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { crossEntropyLoss, stopGradient, UnderstoryError } from '@understory/core';
import { leakedBy, lengthOf, relativeError, streamTensor, valueAndGradients } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import {
  classRanks,
  contextLoss,
  distillationKl,
  hintLoss,
  interClassLoss,
  intraClassLoss,
  neighbourChanceLoss,
  neuronSelectivityLoss,
  othersCrossEntropy,
  otherClassesKl,
  rankedOthersLoss,
  smoothedTargetLoss,
  standardize,
  targetClassKl,
  targetCrossEntropy,
  type LabelledKl,
} from '../index.ts';
import { jointLabels } from '../objectives/turnedRows.ts';
import { expectGolden, read, type Golden, type Pairwise } from './goldens.test.support.ts';

const labels = tensor1d([0, 3, 2, 4], 'int32');

/** Weighted parts of one loss. */
const sumOf =
  (...parts: readonly (readonly [weight: number, loss: Pairwise])[]): Pairwise =>
  (s, t) =>
    tidy(() => addN<Scalar>(parts.map(([weight, loss]): Scalar => mul(loss(s, t), weight))));
const labelled =
  (loss: LabelledKl): Pairwise =>
  (s, t) =>
    loss(s as Tensor2D, t as Tensor2D, labels);
const tckd = (temperature: number): Pairwise => labelled(targetClassKl({ temperature }));
const nckd = (temperature: number): Pairwise => labelled(otherClassesKl({ temperature }));
const dkd = (alpha: number, beta: number, temperature: number): Pairwise =>
  sumOf([alpha, tckd(temperature)], [beta, nckd(temperature)]);
const nkdTarget: Pairwise = labelled(targetCrossEntropy);
const nkdRest = (temperature: number): Pairwise => labelled(othersCrossEntropy({ temperature }));
const related =
  (of: typeof interClassLoss) =>
  (temperature: number, scale = 1): Pairwise =>
    of({ temperature, scale: scale === 1 }) as Pairwise;
const [inter, intra] = [related(interClassLoss), related(intraClassLoss)];
const z =
  (loss: Pairwise, unbiased = 1): Pairwise =>
  (s, t) =>
    tidy(() => {
      const same = standardize({ unbiased: unbiased === 1 });
      return loss(same(s as Tensor2D), same(t as Tensor2D));
    });

const byName: Readonly<Record<string, (...options: number[]) => Pairwise>> = {
  tckd: (t) => tckd(t),
  nckd: (t) => nckd(t),
  dkd: (alpha, beta, t) => dkd(alpha, beta, t),
  inter,
  intra,
  dist: (weight, t, scale) => sumOf([weight, inter(t, scale)], [weight, intra(t, scale)]),
  z_kl: (temperature, unbiased) => z(distillationKl({ temperature }) as Pairwise, unbiased),
  z_dkd: (alpha, beta, t) => z(dkd(alpha, beta, t)),
  nkd_target: () => nkdTarget,
  nkd_rest: (t) => nkdRest(t),
  nkd: (gamma, t) => sumOf([1, nkdTarget], [gamma, nkdRest(t)]),
  pkt: () => neighbourChanceLoss as Pairwise,
  nst: () => neuronSelectivityLoss as Pairwise,
  context: () => contextLoss as Pairwise,
  hint: () => hintLoss as Pairwise,
};

interface SelfDistillation {
  readonly terms: readonly number[];
  readonly total: number;
  readonly ranks: readonly (readonly number[])[];
  readonly gradients: readonly (readonly number[])[];
}
interface Turned {
  readonly joint: readonly number[];
  readonly terms: readonly number[];
  readonly total: number;
  readonly gradients: readonly (readonly number[])[];
}
const { losses, selfDistillation, turned } = read('moreMethods.json') as {
  losses: Golden[];
  selfDistillation: [SelfDistillation, SelfDistillation];
  turned: { hsakd: Turned; lsskd: Turned };
};

/** Logits so large that the own class takes everything: float32 of the inputs decides the tiny rest. */
const isRest = ({ loss, scale }: Golden): boolean => loss === 'tckd' && scale > 100;

describe('losses against PyTorch', () => {
  it.each(losses.filter((g) => !isRest(g)))('$loss $options of $shapes, times $scale', (golden) => {
    expectGolden(golden, byName[golden.loss]!(...golden.options));
  });

  it('are the golden values of the handbook', () => {
    const table: readonly (readonly [loss: string, options: number[], value: number, slope?: number])[] = [
      ['tckd', [4], 0.58723358],
      ['nckd', [4], 0.79272433],
      ['tckd', [1], 0.22435326],
      ['nckd', [1], 0.42687778],
      ['dkd', [1, 8, 4], 6.9290282, 2.4353845],
      ['dkd', [1, 0.5, 1], 0.43779215, 0.1626366],
      ['inter', [1], 0.55798992],
      ['intra', [1], 0.78005491],
      ['dist', [1, 1], 1.3380448, 0.42953993],
      ['dist', [2, 4], 45.061107, 10.129574],
      ['dist', [2, 4, 0], 2.8163192, 0.63309835],
      ['z_kl', [2, 1], 0.49194571, 0.15800338],
      ['z_kl', [2, 0], 0.59672077, 0.18946126],
      ['z_dkd', [9, 72, 2], 26.755866, 8.6390494],
      ['nkd_target', [], 0.17736476],
      ['nkd_rest', [1], 1.4073982],
      ['nkd_rest', [3], 12.580341],
      ['nkd', [1.5, 1], 2.2884621, 0.33539566],
      ['nkd', [3.5, 3], 44.208558, 1.029216],
      ['pkt', [], 0.0087131115, 0.020924792],
      ['nst', [], 0.27390396, 0.079740327],
      ['context', [], 0.41204514, 0.052016866],
    ];
    for (const [loss, options, value, slope] of table) {
      const found = losses.find((g) => g.loss === loss && g.options.join() === options.join())!;
      expect(relativeError([found.value], [value]), loss).toBeLessThan(1e-7);
      if (slope !== undefined)
        expect(relativeError([lengthOf(found.gradient)], [slope]), loss).toBeLessThan(1e-7);
    }
    const small = losses.find((g) => g.loss === 'context' && g.shapes[0][2] === 3)!;
    expect(relativeError([small.value], [0.41431788])).toBeLessThan(1e-7);
  });
});

const logits = (seed: number, scale = 3): Tensor2D => streamTensor([4, 5], seed, scale) as Tensor2D;
const numberOf = (x: Scalar): number => x.dataSync()[0]!;

describe('DKD', () => {
  it('adds up to KD, with the other classes weighed by the teacher’s doubt', () => {
    const [s, t] = [logits(10), logits(11)];
    const own = (row: number): number => softmax(t).arraySync()[row]![labels.arraySync()[row]!]!;
    const rows = [0, 1, 2, 3].map((i) => {
      const at = tensor1d([i], 'int32');
      const part = otherClassesKl({ temperature: 1 })(gather(s, at), gather(t, at), gather(labels, at));
      return (1 - own(i)) * numberOf(part);
    });
    const together =
      numberOf(targetClassKl({ temperature: 1 })(s, t, labels)) + rows.reduce((a, b) => a + b) / 4;
    expect(together).toBeCloseTo(numberOf(distillationKl({ temperature: 1 })(s, t)), 5);
  });

  it('is finite where the own class takes everything, and right to float32', () => {
    for (const golden of losses.filter(isRest)) {
      const [s, t] = [logits(10, golden.scale), logits(11, golden.scale)];
      const { value, gradients } = valueAndGradients(
        (x) => byName[golden.loss]!(...golden.options)(x, t),
        [s],
      );
      expect(Math.abs(value - golden.value)).toBeLessThan(1e-4 * golden.value + 1e-12);
      golden.gradient.forEach((g, i) => expect(Math.abs(gradients[0]![i]! - g)).toBeLessThan(1e-5));
    }
  });

  it('has nothing to say of the others where there are two classes', () => {
    const [s, t] = [1, 2].map((seed) => streamTensor([3, 2], seed, 5)) as [Tensor2D, Tensor2D];
    const y = tensor1d([0, 1, 1], 'int32');
    for (const loss of [otherClassesKl({ temperature: 2 }), othersCrossEntropy({ temperature: 2 })]) {
      const { value, gradients } = valueAndGradients((x) => loss(x, t, y), [s]);
      expect([Math.abs(value), ...gradients[0]!.map(Math.abs)].every((v) => v === 0)).toBe(true);
    }
    const kl = numberOf(distillationKl({ temperature: 2 })(s, t));
    expect(numberOf(targetClassKl({ temperature: 2 })(s, t, y))).toBeCloseTo(kl, 5);
  });
});

describe('rows without a direction take no gradient, where PyTorch has slopes of millions', () => {
  const flat = concat([ones<Rank.R2>([1, 5]), slice(logits(10), [1, 0], [3, 5])]);
  const losses: readonly (readonly [string, Pairwise])[] = [
    ['standardised KD', z(distillationKl({ temperature: 2 }) as Pairwise)],
    ['DIST between classes', inter(1)],
  ];
  it.each(losses)('%s of a row of equal logits', (_name, loss) => {
    const { value, gradients } = valueAndGradients((x) => loss(x, logits(11)), [flat]);
    expect(Number.isFinite(value)).toBe(true);
    expect(lengthOf(gradients[0]!.slice(0, 5))).toBe(0);
    const rest = lengthOf(gradients[0]!.slice(5));
    expect(rest).toBeGreaterThan(0.01);
    expect(rest).toBeLessThan(1);
  });

  it.each([0, 0.1, 1, -7.3, 1000.1])('all rows are %d', (value) => {
    const same = add(zeros([4, 5]), value);
    for (const [, loss] of losses) {
      const made = valueAndGradients((x) => loss(x, logits(11)), [same]);
      expect(Number.isFinite(made.value)).toBe(true);
      expect(lengthOf(made.gradients[0]!)).toBe(0);
    }
    const standard = standardize({ unbiased: true })(same as Tensor2D);
    expect(Array.from(standard.dataSync(), Math.abs).every((v) => v === 0)).toBe(true);
  });

  it('a class of equal probabilities counts 1 within classes', () => {
    const { value, gradients } = valueAndGradients((x) => intra(1)(x, logits(11)), [zeros([4, 5])]);
    expect(value).toBe(1);
    expect(lengthOf(gradients[0]!)).toBe(0);
  });

  it('the neighbours of an image alone', () => {
    const [s, t] = [streamTensor([1, 8], 14), streamTensor([1, 12], 15)];
    const made = valueAndGradients((x) => neighbourChanceLoss(x as Tensor2D, t as Tensor2D), [s]);
    expect(made.value).toBe(0);
    expect(lengthOf(made.gradients[0]!)).toBeLessThan(1e-6);
  });

  it('dead maps and features', () => {
    const map = zeros([4, 2, 2, 3]);
    for (const [loss, s, t] of [
      [neighbourChanceLoss as Pairwise, zeros([4, 6]), streamTensor([4, 6], 1)],
      [neuronSelectivityLoss as Pairwise, map, ones([4, 2, 2, 3])],
      [contextLoss as Pairwise, map, map],
    ] as const) {
      const made = valueAndGradients((x) => loss(x, t), [s]);
      expect([made.value, ...made.gradients[0]!].every(Number.isFinite)).toBe(true);
      expect(lengthOf(made.gradients[0]!)).toBeLessThan(100);
    }
  });
});

it('standardised logits are blind to the size and shift of the teacher’s', () => {
  const s = logits(10);
  const same = standardize({ unbiased: true });
  const kl = distillationKl({ temperature: 2 })(same(s), same(add(mul(s, 7), 3)));
  expect(numberOf(kl)).toBeLessThan(1e-6);
});

describe('USKD against PyTorch', () => {
  const [s, w] = [logits(10), logits(110)];
  it.each(['log-probability', 'probability'] as const)('ranked by %s', (rankBy) => {
    const golden = selfDistillation[rankBy === 'probability' ? 1 : 0];
    const ranks = classRanks(s, w, labels, rankBy);
    expect(ranks.arraySync()).toEqual(golden.ranks);
    const parts = (x: Tensor, weak: Tensor): Scalar[] => [
      smoothedTargetLoss(x as Tensor2D, labels),
      rankedOthersLoss(x as Tensor2D, classRanks(x as Tensor2D, weak as Tensor2D, labels, rankBy), labels),
      crossEntropyLoss(weak as Tensor2D, labels, 0.1),
    ];
    expect(relativeError(parts(s, w).map(numberOf), golden.terms)).toBeLessThan(1e-5);
    const total = (x: Tensor, weak: Tensor): Scalar => {
      const [target, rest, own] = parts(x, weak) as [Scalar, Scalar, Scalar];
      return addN<Scalar>([target, mul(rest, 0.1), mul(own, 0.005)]);
    };
    const made = valueAndGradients(total, [s, w]);
    expect(relativeError([made.value], [golden.total])).toBeLessThan(1e-5);
    golden.gradients.forEach((g, i) => expect(relativeError(made.gradients[i]!, g)).toBeLessThan(1e-5));
    expect(leakedBy(() => classRanks(s, w, labels, rankBy))).toBe(0);
  });

  it('has the handbook’s numbers', () => {
    const [byLog, byProbability] = selfDistillation;
    expect(relativeError(byLog.terms, [2.2894306, 1.598675, 1.6186407])).toBeLessThan(1e-7);
    expect(relativeError([byLog.total, byProbability.total], [2.4573913, 2.4699133])).toBeLessThan(1e-7);
    expect(byProbability.terms[1]).toBeCloseTo(1.7238955, 7);
    const slopes = byLog.gradients.map(lengthOf);
    expect(relativeError(slopes, [0.48712565, 0.0020864567])).toBeLessThan(1e-7);
  });

  it('ranks equal classes by their order, and is finite of huge logits', () => {
    const same = zeros<Rank.R2>([2, 4]);
    const y = tensor1d([2, 0], 'int32');
    expect(classRanks(same, same, y).arraySync()).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    const huge = logits(10, 1e4);
    const loss = (x: Tensor): Scalar => {
      const ranks = classRanks(x as Tensor2D, huge, labels);
      return add(smoothedTargetLoss(x as Tensor2D, labels), rankedOthersLoss(x as Tensor2D, ranks, labels));
    };
    const made = valueAndGradients(loss, [huge]);
    expect([made.value, ...made.gradients[0]!].every(Number.isFinite)).toBe(true);
  });
});

describe('four turns of each image', () => {
  const views = 4;
  const y = tensor1d([2, 0], 'int32');
  // Here rows lie view after view, in the golden file image after image.
  const place = tensor1d([0, 4, 1, 5, 2, 6, 3, 7], 'int32');
  const of = (width: number, seed: number): Tensor2D => streamTensor([8, width], seed, 3) as Tensor2D;
  const student = [of(3, 120), of(12, 121), of(12, 122)];
  const teacher = [of(3, 123), of(12, 124), of(12, 125)];
  const kl = distillationKl({ temperature: 3 });
  const task = (o: Tensor): Scalar => crossEntropyLoss(gather(o as Tensor2D, tensor1d([0, 4], 'int32')), y);

  it('have the joint labels of their authors', () => {
    const joint = jointLabels(y, { views, classes: 3 });
    const expected = place.arraySync().map((i) => turned.lsskd.joint[i]);
    expect(joint.arraySync()).toEqual(expected);
    expect(joint.dtype).toBe('int32');
    expect(() => jointLabels(tensor1d([3], 'int32'), { views, classes: 3 })).toThrow(/label 3/);
  });

  it('teach as in HSAKD and LSSKD', () => {
    const joint = jointLabels(y, { views, classes: 3 });
    const hsakd = (...x: Tensor[]): Scalar[] => [
      task(x[0]!),
      ...x.map((s, i) => kl(s as Tensor2D, teacher[i]!)),
    ];
    const lsskd = (...x: Tensor[]): Scalar[] => [
      task(x[0]!),
      ...x.slice(1).map((a) => crossEntropyLoss(gather(a as Tensor2D, place), joint)),
      kl(x[1] as Tensor2D, stopGradient(x[2] as Tensor2D)),
    ];
    for (const [parts, golden, value] of [
      [hsakd, turned.hsakd, 7.4033705],
      [lsskd, turned.lsskd, 10.217515],
    ] as const) {
      expect(relativeError(parts(...student).map(numberOf), golden.terms)).toBeLessThan(1e-5);
      const made = valueAndGradients((...x: Tensor[]) => addN<Scalar>(parts(...x)), student);
      expect(relativeError([made.value], [value])).toBeLessThan(1e-6);
      golden.gradients.forEach((g, i) => expect(relativeError(made.gradients[i]!, g)).toBeLessThan(1e-5));
    }
  });
});

describe('what does not fit is refused', () => {
  const s = logits(10);
  const mixed = softmax(logits(11)) as unknown as Tensor1D;
  const calls: readonly (readonly [string, (y: Tensor1D) => unknown])[] = [
    ['DKD, own class', (y) => targetClassKl({ temperature: 4 })(s, s, y)],
    ['DKD, others', (y) => otherClassesKl({ temperature: 4 })(s, s, y)],
    ['NKD, own class', (y) => targetCrossEntropy(s, s, y)],
    ['NKD, others', (y) => othersCrossEntropy({ temperature: 1 })(s, s, y)],
    ['USKD, own class', (y) => smoothedTargetLoss(s, y)],
    ['USKD, ranks', (y) => classRanks(s, s, y)],
    ['USKD, others', (y) => rankedOthersLoss(s, s, y)],
  ];
  it.each(calls)('%s: mixed labels, a label that is no class, too few', (_name, call) => {
    for (const wrong of [
      mixed,
      tensor1d([0, 5, 1, 1], 'int32'),
      tensor1d([0, 1], 'int32'),
      tensor1d([0, 1, 2, 3]),
    ]) {
      expect(() => call(wrong)).toThrow(UnderstoryError);
      expect(() => call(wrong)).toThrow(/label/);
    }
  });

  it('other shapes, one class', () => {
    const other = streamTensor([4, 6], 1) as Tensor2D;
    const alone = streamTensor([4, 1], 1) as Tensor2D;
    const map = (...shape: number[]): Tensor4D => streamTensor(shape, 1) as Tensor4D;
    for (const call of [
      () => targetClassKl({ temperature: 1 })(s, other, labels),
      () => othersCrossEntropy({ temperature: 1 })(alone, alone, labels),
      () => interClassLoss({ temperature: 1 })(s, other),
      () => standardize({ unbiased: true })(alone),
      () => neighbourChanceLoss(s, streamTensor([3, 5], 1) as Tensor2D),
      () => neuronSelectivityLoss(map(2, 4, 4, 3), map(3, 4, 4, 3)),
      () => contextLoss(map(2, 4, 4, 3), map(2, 4, 2, 3)),
      () => hintLoss(map(2, 4, 4, 3), map(2, 4, 4, 2)),
      () => classRanks(s, other, labels),
    ])
      expect(call).toThrow(/\[\d.*\]/);
  });
});
