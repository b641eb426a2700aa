import {
  addN,
  div,
  fill,
  gather,
  mul,
  norm,
  slice,
  softmax,
  tensor1d,
  tensor2d,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { crossEntropyLoss, stopGradient } from '@understory/core';
import { leakedBy, lengthOf, relativeError, streamTensor, valueAndGradients } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import {
  attentionLoss,
  bankScores,
  distillationKl,
  drawCounts,
  ensembleKl,
  ensembleLogits,
  kernelCorrelationLoss,
  keptRows,
  meanSquaredDistance,
  movedBank,
  neighbourCorrelationLoss,
  noiseContrast,
  ownScores,
  partition,
  pretextLoss,
  relatedness,
  relationalLoss,
  selectiveKl,
  similarityLoss,
  softCrossEntropy,
  targetRank,
  wholeDistance,
} from '../index.ts';
import { expectGolden, read, type Golden, type Pairwise } from './goldens.test.support.ts';

const byName: Record<string, (...options: number[]) => Pairwise> = {
  kl: (temperature) => distillationKl({ temperature: temperature }) as Pairwise,
  soft_cross_entropy: (temperature) => softCrossEntropy({ temperature: temperature }) as Pairwise,
  ensemble: (temperature) => ensembleKl({ temperature: temperature }) as Pairwise,
  attention_loss: () => attentionLoss as Pairwise,
  relational: (distance, angle) => relationalLoss({ distance: distance, angle: angle }) as Pairwise,
  similarity: () => similarityLoss,
  neighbours: () => neighbourCorrelationLoss as Pairwise,
  kernel: (gamma) => kernelCorrelationLoss({ gamma: gamma }) as Pairwise,
  whole_distance: () => wholeDistance as Pairwise,
  mean_squared_distance: () => meanSquaredDistance as Pairwise,
};

const goldens = read('losses.json') as Golden[];

describe('losses against PyTorch', () => {
  it.each(goldens)('$loss $options of $shapes, times $scale', (golden) => {
    expectGolden(golden, byName[golden.loss]!(...golden.options));
  });

  it('are the golden values of the handbook', () => {
    const found = (loss: string, scale: number): (readonly number[])[] =>
      goldens.filter((g) => g.loss === loss && g.scale === scale).map((g) => [g.value, lengthOf(g.gradient)]);
    const table: readonly (readonly [string, number, number, number, number])[] = [
      ['kl', 3, 1, 1.2527636, 0.33752108],
      ['kl', 3, 0, 0.63027879, 0.22856778],
      ['soft_cross_entropy', 3, 1, 1.6623661, 0.035776056],
      ['soft_cross_entropy', 3, 0, 1.7519213, 0.22856778],
      ['attention_loss', 1, 0, 0.022132494, 0.010787477],
      ['relational', 1, 0, 0.4025176, 1.3055286],
      ['relational', 1, 1, 0.0046598541, 0.014283234],
      ['relational', 1, 2, 0.0057204249, 0.019293369],
      ['similarity', 1, 0, 0.001741652, 0.0037776698],
      ['neighbours', 1, 0, 4.8370399, 2.6428656],
      ['whole_distance', 1, 0, 0, 1],
    ];
    for (const [loss, scale, place, value, slope] of table) {
      const [v, g] = found(loss, scale)[place]!;
      if (value > 0) expect(relativeError([v!], [value]), loss).toBeLessThan(1e-6);
      expect(relativeError([g!], [slope]), loss).toBeLessThan(1e-6);
    }
  });
});

describe('degenerate inputs stay finite, and so do their gradients', () => {
  const rows = (value: number): Tensor => fill([4, 6], value);
  const map = (value: number): Tensor => fill([4, 2, 2, 3], value);
  it.each([
    [
      'KD of huge logits',
      distillationKl({ temperature: 1 }) as Pairwise,
      streamTensor([4, 6], 1, 1e4),
      rows(0),
    ],
    [
      'soft cross-entropy of huge logits',
      softCrossEntropy({ temperature: 1 }) as Pairwise,
      streamTensor([4, 6], 1, 1e4),
      rows(0),
    ],
    ['ONE of huge logits', ensembleKl({ temperature: 1 }) as Pairwise, streamTensor([4, 6], 1, 1e4), rows(0)],
    ['AT of a dead stage', attentionLoss as Pairwise, map(0), map(1)],
    [
      'RKD of equal rows',
      relationalLoss({ distance: 25, angle: 50 }) as Pairwise,
      rows(1),
      streamTensor([4, 6], 1),
    ],
    [
      'RKD to equal rows',
      relationalLoss({ distance: 25, angle: 50 }) as Pairwise,
      streamTensor([4, 6], 1),
      rows(1),
    ],
    ['SP of zeros', similarityLoss, map(0), map(1)],
    ['CC of equal rows', neighbourCorrelationLoss as Pairwise, rows(1), rows(1)],
    ['CC with kernels of zeros', kernelCorrelationLoss({ gamma: 0.4 }) as Pairwise, rows(0), rows(1)],
    ['distance of equal features', wholeDistance as Pairwise, rows(1), rows(1)],
  ] as const)('%s', (...[, loss, s, t]) => {
    const { value, gradients } = valueAndGradients((x) => loss(x, t), [s]);
    expect(Number.isFinite(value)).toBe(true);
    expect(gradients[0]!.every(Number.isFinite)).toBe(true);
  });
});

interface Contrast {
  student: { partition: number; side: number; gradient: number[] };
  teacher: { partition: number; side: number; gradient: number[] };
  movedBank: number[];
}
interface Transfer {
  terms: number[];
  total: number;
  logitGradient: number[];
  projectionGradient: number[];
  rank: number[];
  kept: number[];
  pretext: number;
  pretextGradients: [number[], number[]];
}
interface Ensemble {
  value: number;
  gradients: number[][];
}
interface Noise {
  positive: number[];
  negative: number[][];
  size: number;
  negatives: number;
  value: number;
  gradients: [number[], number[]];
}
const { contrast, transfer, ensemble, noise } = read('contrast.json') as {
  contrast: Contrast;
  transfer: Transfer;
  ensemble: Ensemble;
  noise: Noise[];
};

const unitStream = (shape: [number, number], s: number): Tensor2D => {
  const x = streamTensor(shape, s) as Tensor2D;
  return div(x, norm(x, 2, 1, true));
};

describe('CRD against PyTorch', () => {
  const drawn = [
    [3, 1, 2, 4, 5, 6, 8],
    [7, 0, 1, 2, 19, 18, 17],
    [0, 9, 10, 11, 12, 13, 14],
    [11, 15, 16, 17, 18, 19, 1],
  ];
  const positions = tensor1d([3, 7, 0, 11], 'int32');
  const counts = drawCounts(
    tensor2d(
      drawn.map((row) => row.slice(1)),
      [4, 6],
      'int32',
    ),
    20,
  );
  const bank = (s: number): Tensor2D => streamTensor([20, 8], s, 1 / Math.sqrt(8 / 3)) as Tensor2D;
  const sideOf = (v: Tensor2D, other: Tensor2D): Scalar => {
    const [own, all] = [ownScores(v, other, positions, 0.07), bankScores(v, other, 0.07)] as const;
    const z = stopGradient(partition(own, all, counts));
    return noiseContrast({ size: 20, negatives: 6 })(div(own, z), div(all, z), counts);
  };

  it.each([
    ['student', 20, 23, 230799.92, 8.3564237],
    ['teacher', 21, 22, 28188.107, 11.831725],
  ] as const)('%s side', (...[name, vSeed, bankSeed, z, value]) => {
    const [v, other] = [unitStream([4, 8], vSeed), bank(bankSeed)];
    const own = ownScores(v, other, positions, 0.07);
    const constant = partition(own, bankScores(v, other, 0.07), counts).dataSync()[0]!;
    expect(relativeError([constant], [contrast[name].partition])).toBeLessThan(1e-5);
    expect(relativeError([constant], [z])).toBeLessThan(1e-5);
    const made = valueAndGradients((x) => sideOf(x, other), [v]);
    expect(relativeError([made.value], [contrast[name].side])).toBeLessThan(1e-5);
    expect(relativeError([made.value], [value])).toBeLessThan(1e-5);
    expect(relativeError(made.gradients[0]!, contrast[name].gradient)).toBeLessThan(1e-5);
  });

  it.each(noise)('contrasts probabilities of any size: $positive, $negative', (golden) => {
    const loss = noiseContrast(golden);
    const inputs = [tensor1d(golden.positive), tensor2d(golden.negative)];
    const made = valueAndGradients((x, y) => loss(x as Tensor1D, y as Tensor2D), inputs);
    expect(relativeError([made.value], [golden.value])).toBeLessThan(1e-5);
    golden.gradients.forEach((g, i) => expect(relativeError(made.gradients[i]!, g)).toBeLessThan(1e-5));
  });

  it('moves the entries of the batch, the last of a repeated one', () => {
    const v = unitStream([4, 8], 20);
    const moved = movedBank(bank(22), positions, v, 0.5);
    expect(relativeError(moved.dataSync(), contrast.movedBank)).toBeLessThan(1e-5);
    const twice = movedBank(bank(22), tensor1d([3, 3, 3, 11], 'int32'), v, 0.5);
    const once = movedBank(bank(22), tensor1d([1, 2, 3, 11], 'int32'), v, 0.5);
    const entry = (x: Tensor2D): Float32Array => slice(x, [3, 0], [1, 8]).dataSync<'float32'>();
    expect(relativeError(entry(twice), entry(once))).toBeLessThan(1e-6);
    expect(leakedBy(() => movedBank(bank(22), positions, v, 0.5))).toBe(1); // the bank made here
  });

  it('counts repeated draws', () => {
    const drawnTwice = drawCounts(
      tensor2d(
        [
          [1, 1, 2],
          [0, 3, 3],
        ],
        [2, 3],
        'int32',
      ),
      4,
    );
    expect([...drawnTwice.dataSync()]).toEqual([0, 2, 1, 0, 1, 0, 0, 2]);
  });
});

it('the distance of normalised embeddings has the golden value, and a gradient of length 1', () => {
  const [s, t] = [unitStream([8, 16], 60), unitStream([8, 16], 61)];
  const { value, gradients } = valueAndGradients((x) => wholeDistance(x, t), [s]);
  expect(value).toBeCloseTo(3.970146, 5);
  expect(lengthOf(gradients[0]!)).toBeCloseTo(1, 5);
  const same = valueAndGradients((x) => wholeDistance(x, t), [t]);
  expect(same.value).toBeLessThan(1e-11);
  expect(lengthOf(same.gradients[0]!)).toBe(0);
});

describe('ONE', () => {
  it('has the values and gradients of PyTorch, for branches and gate', () => {
    const labels = tensor1d([0, 3, 2, 4], 'int32');
    const loss = ensembleKl({ temperature: 3 });
    const total = (...x: Tensor[]): Scalar => {
      const branches = x.slice(0, 3) as Tensor2D[];
      const together = ensembleLogits(branches, softmax(x[3] as Tensor2D));
      const each = branches.flatMap((o) => [crossEntropyLoss(o, labels), loss(o, together)]);
      return addN<Scalar>([...each, crossEntropyLoss(together, labels)]);
    };
    const inputs = [...[30, 31, 32].map((s) => streamTensor([4, 5], s, 3)), streamTensor([4, 3], 40)];
    const { value, gradients } = valueAndGradients(total, inputs);
    expect(relativeError([value], [ensemble.value])).toBeLessThan(1e-5);
    ensemble.gradients.forEach((g, i) => expect(relativeError(gradients[i]!, g)).toBeLessThan(1e-5));
  });

  it('has the golden sums', () => {
    const branches = [30, 31, 32].map((s) => streamTensor([4, 5], s, 3) as Tensor2D);
    const together = ensembleLogits(branches, softmax(streamTensor([4, 3], 40) as Tensor2D));
    const labels = tensor1d([0, 3, 2, 4], 'int32');
    const ce = [...branches, together].reduce((s, x) => s + crossEntropyLoss(x, labels).dataSync()[0]!, 0);
    expect(ce).toBeCloseTo(10.851351, 5);
    const loss = ensembleKl({ temperature: 3 });
    const kl = branches.reduce((s, x) => s + loss(x, together).dataSync()[0]!, 0);
    expect(kl).toBeCloseTo(2.3523801, 5);
  });
});

describe('SSKD against PyTorch', () => {
  const plain = tensor1d([0, 4, 8], 'int32');
  const augmented = tensor1d([1, 2, 3, 5, 6, 7, 9, 10, 11], 'int32');
  const own = tensor1d([0, 0, 0, 1, 1, 1, 2, 2, 2], 'int32');
  const y = [1, 4, 0];
  const repeated = tensor1d(
    y.flatMap((v) => [v, v, v]),
    'int32',
  );
  const of = (shape: [number, number], s: number, scale = 1): Tensor2D =>
    streamTensor(shape, s, scale) as Tensor2D;
  const [oT, zT] = [of([12, 5], 51, 3), of([12, 6], 53)];
  const cosines = (z: Tensor2D): Tensor2D => relatedness(gather(z, augmented), gather(z, plain));
  const terms = (o: Tensor2D, z: Tensor2D): Scalar[] => [
    crossEntropyLoss(gather(o, plain), tensor1d(y, 'int32')),
    distillationKl({ temperature: 4 })(gather(o, plain), gather(oT, plain)),
    selectiveKl({ temperature: 4, share: 1 })(gather(o, augmented), gather(oT, augmented), repeated),
    selectiveKl({ temperature: 0.5, share: 0.75 })(cosines(z), cosines(zT), own),
  ];

  it('has the values and gradients', () => {
    const [o, z] = [of([12, 5], 50, 3), of([12, 6], 52)];
    const values = terms(o, z).map((t) => t.dataSync()[0]!);
    expect(relativeError(values, transfer.terms)).toBeLessThan(1e-5);
    const handbook = [1.7732212, 2.4549341, 2.4572645, 0.078229634];
    for (const [i, v] of values.entries()) expect(relativeError([v], [handbook[i]!])).toBeLessThan(1e-5);
    const total = (a: Tensor, b: Tensor): Scalar => {
      const parts = terms(a as Tensor2D, b as Tensor2D);
      return addN<Scalar>([0.1, 0.9, 2.7, 10].map((w, i): Scalar => mul(parts[i]!, w)));
    };
    const made = valueAndGradients(total, [o, z]);
    expect(relativeError([made.value], [9.8036732])).toBeLessThan(1e-5);
    expect(relativeError(made.gradients[0]!, transfer.logitGradient)).toBeLessThan(1e-5);
    expect(relativeError(made.gradients[1]!, transfer.projectionGradient)).toBeLessThan(1e-5);
  });

  it('ranks and keeps the same rows, and trains the head by the same loss', () => {
    const rank = targetRank(cosines(zT), own);
    expect([...rank.dataSync()]).toEqual(transfer.rank);
    const kept = [...keptRows(rank, 0.75).dataSync()].flatMap((v, i) => (v === 1 ? [i] : []));
    expect(kept).toEqual(transfer.kept);
    const loss = pretextLoss(gather(zT, augmented), gather(zT, plain), own);
    expect(relativeError(loss.dataSync(), [transfer.pretext])).toBeLessThan(1e-5);
    const rows = [gather(zT, augmented), gather(zT, plain)];
    const made = valueAndGradients((a, p) => pretextLoss(a, p, own), rows);
    transfer.pretextGradients.forEach((g, i) =>
      expect(relativeError(made.gradients[i]!, g)).toBeLessThan(1e-5),
    );
  });

  it('ranks equal scores by position', () => {
    const scores = tensor2d([
      [1, 1, 1],
      [2, 3, 3],
      [0, 0, 5],
    ]);
    expect([...targetRank(scores, tensor1d([2, 2, 0], 'int32')).dataSync()]).toEqual([2, 1, 1]);
  });
});
