import {
  softmax,
  tensor1d,
  tensor2d,
  type Scalar,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { streamTensor } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import {
  attentionLoss,
  distillationKl,
  ensembleKl,
  ensembleLogits,
  kernelCorrelationLoss,
  meanSquaredDistance,
  neighbourCorrelationLoss,
  noiseContrast,
  pretextLoss,
  relationalLoss,
  selectiveKl,
  similarityLoss,
  softCrossEntropy,
  wholeDistance,
} from '../index.ts';

const matrix = (rows: number, columns: number, seed: number, scale = 1): Tensor2D =>
  streamTensor([rows, columns], seed, scale) as Tensor2D;
const rowsOf = (x: Tensor2D): number[][] => x.arraySync();
const numberOf = (x: Scalar): number => x.dataSync()[0]!;
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, i) => s + v * b[i]!, 0);
const unit = (a: readonly number[]): number[] => a.map((v) => v / Math.max(Math.hypot(...a), 1e-12));
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v - b[i]!);
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const probabilities = (row: readonly number[], temperature: number): number[] => {
  const e = row.map((v) => Math.exp(v / temperature));
  return e.map((v) => v / e.reduce((a, b) => a + b));
};
const kl = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((s, v, i) => s + v * Math.log(v / q[i]!), 0);
const huber = (d: number): number => (Math.abs(d) < 1 ? d ** 2 / 2 : Math.abs(d) - 0.5);

describe('every loss is its equation, written as loops', () => {
  const [s, t] = [matrix(5, 4, 1, 3), matrix(5, 4, 2, 3)];
  const [S, T] = [rowsOf(s), rowsOf(t)];
  const wide = matrix(5, 7, 3);

  it('KD and soft cross-entropy', () => {
    for (const temperature of [1, 2, 5]) {
      const each = S.map((row, b) => kl(probabilities(T[b]!, temperature), probabilities(row, temperature)));
      const expected = temperature ** 2 * average(each);
      expect(numberOf(distillationKl({ temperature })(s, t))).toBeCloseTo(expected, 5);
      const soft = S.map((row, b) => {
        const q = probabilities(row, temperature);
        return -probabilities(T[b]!, temperature).reduce((sum, p, c) => sum + p * Math.log(q[c]!), 0);
      });
      expect(numberOf(softCrossEntropy({ temperature })(s, t))).toBeCloseTo(average(soft), 5);
    }
  });

  it('AT, where the teacher’s map has twice the size', () => {
    const student = streamTensor([2, 2, 3, 4], 4) as Tensor4D;
    const teacher = streamTensor([2, 4, 6, 5], 5) as Tensor4D;
    const pooled = teacher
      .arraySync()
      .map((map) =>
        [0, 1].map((y) =>
          [0, 1, 2].map((x) =>
            [0, 1, 2, 3, 4].map((c) =>
              average([0, 1].flatMap((i) => [0, 1].map((j) => map[2 * y + i]![2 * x + j]![c]!))),
            ),
          ),
        ),
      );
    const attention = (maps: number[][][][]): number[][] =>
      maps.map((map) => unit(map.flat().map((channels) => average(channels.map((v) => v ** 2)))));
    const [a, b] = [attention(student.arraySync()), attention(pooled)];
    const expected = average(a.flatMap((row, i) => row.map((v, j) => (v - b[i]![j]!) ** 2)));
    expect(numberOf(attentionLoss(student, teacher))).toBeCloseTo(expected, 6);
  });

  it('RKD', () => {
    const W = rowsOf(wide);
    const indices = [0, 1, 2, 3, 4];
    const distances = (x: number[][]): number[][] => {
      const d = indices.map((i) => indices.map((j) => Math.hypot(...minus(x[i]!, x[j]!))));
      const mean = d.flat().reduce((a, b) => a + b) / 20;
      return d.map((row) => row.map((v) => v / mean));
    };
    const angle = (x: number[][], [k, i, j]: readonly [number, number, number]): number =>
      dot(unit(minus(x[i]!, x[k]!)), unit(minus(x[j]!, x[k]!)));
    const [dS, dW] = [distances(S), distances(W)];
    const far = average(indices.flatMap((i) => indices.map((j) => huber(dS[i]![j]! - dW[i]![j]!))));
    const triples = indices.flatMap((k) => indices.flatMap((i) => indices.map((j) => [k, i, j] as const)));
    const turned = average(triples.map((at) => huber(angle(S, at) - angle(W, at))));
    const loss = relationalLoss({ distance: 25, angle: 50 })(s, wide);
    expect(numberOf(loss)).toBeCloseTo(25 * far + 50 * turned, 4);
  });

  it('SP', () => {
    const gram = (x: number[][]): number[][] => x.map((a) => unit(x.map((b) => dot(a, b))));
    const [a, b] = [gram(S), gram(rowsOf(wide))];
    const expected =
      a.flatMap((row, i) => row.map((v, j) => (v - b[i]![j]!) ** 2)).reduce((x, y) => x + y) / 25;
    expect(numberOf(similarityLoss(s, wide))).toBeCloseTo(expected, 6);
  });

  it('CC, in both forms', () => {
    const delta = S.map((row, b) => minus(row, T[b]!).map(Math.abs));
    const expected = average([0, 1, 2, 3].map((b) => dot(delta[b]!, delta[b + 1]!)));
    expect(numberOf(neighbourCorrelationLoss(s, t))).toBeCloseTo(expected, 4);
    const kernel = (x: number[][]): number[] =>
      x.flatMap((a) =>
        x.map((b) => {
          const c = 2 * 0.4 * dot(unit(a), unit(b));
          return Math.exp(-2 * 0.4) * (1 + c + c ** 2 / 2);
        }),
      );
    const [a, b] = [kernel(S), kernel(T)];
    const squares = average(a.map((v, i) => (v - b[i]!) ** 2));
    expect(numberOf(kernelCorrelationLoss({ gamma: 0.4 })(s, t))).toBeCloseTo(squares, 6);
  });

  it('CRD', () => {
    const [own, others, times] = [
      [0.5, 2],
      [
        [0.1, 3, 0],
        [1, 0.2, 5],
      ],
      [
        [1, 2, 0],
        [0, 1, 2],
      ],
    ];
    const [noise, epsilon] = [3 / 40, 1e-7];
    let total = 0;
    for (const [b, x] of own.entries()) {
      total -= Math.log(x / (x + noise + epsilon));
      for (const [k, y] of others[b]!.entries())
        total -= times[b]![k]! * Math.log(noise / (y + noise + epsilon));
    }
    const loss = noiseContrast({ size: 40, negatives: 3 });
    expect(numberOf(loss(tensor1d(own), tensor2d(others), tensor2d(times)))).toBeCloseTo(total / 2, 5);
  });

  it('ONE', () => {
    const gate = softmax(matrix(5, 2, 6));
    const G = rowsOf(gate);
    const together = S.map((row, b) => row.map((v, c) => G[b]![0]! * v + G[b]![1]! * T[b]![c]!));
    const made = rowsOf(ensembleLogits([s, t], gate));
    for (const [b, row] of made.entries())
      for (const [c, v] of row.entries()) expect(v).toBeCloseTo(together[b]![c]!, 5);
    const each = S.map((row, b) => {
      const [q, p] = [probabilities(together[b]!, 3).map((v) => v + 1e-7), probabilities(row, 3)];
      return kl(q, p);
    });
    const loss = ensembleKl({ temperature: 3 })(s, tensor2d(together));
    expect(numberOf(loss)).toBeCloseTo(9 * average(each), 5);
  });

  it('SSKD', () => {
    const own = [2, 0, 1, 3, 1];
    const target = tensor1d(own, 'int32');
    const plain = matrix(4, 4, 8);
    const cosines = S.map((a) => rowsOf(plain).map((b) => dot(unit(a), unit(b))));
    const head = average(cosines.map((row, i) => -Math.log(probabilities(row, 1)[own[i]!]!)));
    expect(numberOf(pretextLoss(s, plain, target))).toBeCloseTo(head, 5);
    const rank = T.map((row, b) => row.filter((v) => v > row[own[b]!]!).length);
    const wrong = rank.flatMap((r, b) => (r > 0 ? [b] : [])).sort((a, b) => rank[a]! - rank[b]! || a - b);
    for (const share of [0, 0.5, 1]) {
      const kept = [
        ...rank.flatMap((r, b) => (r === 0 ? [b] : [])),
        ...wrong.slice(0, Math.floor(share * wrong.length)),
      ];
      const each = kept.map((b) => 4 * kl(probabilities(T[b]!, 2), probabilities(S[b]!, 2)));
      const loss = selectiveKl({ temperature: 2, share })(s, t, target);
      expect(numberOf(loss)).toBeCloseTo(kept.length === 0 ? 0 : average(each), 4);
    }
  });

  it('distances of features', () => {
    const squares = S.map((row, b) => minus(row, T[b]!).reduce((sum, v) => sum + v ** 2, 0));
    expect(numberOf(meanSquaredDistance(s, t))).toBeCloseTo(average(squares), 4);
    expect(numberOf(wholeDistance(s, t))).toBeCloseTo(Math.sqrt(squares.reduce((a, b) => a + b)), 5);
  });
});
