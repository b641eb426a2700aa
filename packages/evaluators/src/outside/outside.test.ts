import { streamNumber } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { clusters, drawnLabels, places } from '../drawn.test.support.ts';
import { matrixOf, type Matrix } from '../matrix.ts';
import { fitGaussians, mahalanobisScores } from './mahalanobis.ts';
import { outsideNumbers, OUTSIDE_SCORES, type OutsideScore } from './outsideNumbers.ts';
import { energyScores, neighbourScores, softmaxScores } from './scores.ts';
import { separation } from './separation.ts';

const labels = drawnLabels(90, 3, 751);
const shared = { columns: 6, centres: 752, scale: 1.2 };
const train = clusters({ ...shared, labels, noise: 750 });
const inside = clusters({ ...shared, labels: drawnLabels(40, 3, 754), noise: 753 });
const outside = matrixOf(
  places(30, 6, 755).map((v) => 1.5 * v + 0.3),
  30,
  6,
);
const logitsOf = ({ rows, data }: Matrix): Matrix =>
  matrixOf(
    Float64Array.from({ length: rows * 3 }, (_, i) =>
      [0, 1, 2, 3, 4, 5].reduce(
        (sum, c) => sum + data[Math.floor(i / 3) * 6 + c]! * 2 * streamNumber(c * 3 + (i % 3), 756),
        0,
      ),
    ),
    rows,
    3,
  );

const GOLDEN: Record<OutsideScore, readonly number[]> = {
  softmax: [0.986227, 0.863934, 0.5825, 0.9],
  energy: [6.480356, 2.675765, 0.681667, 0.666667],
  knn: [-0.593108, -0.908586, 0.915, 0.2],
  mahalanobis: [-11.923213, -17.667686, 0.876667, 0.233333],
  relative: [-0.558856, -1.658979, 0.481667, 0.966667],
};

describe('scores of what was not trained', () => {
  it('are the golden ones', async () => {
    const gaussians = await fitGaussians(train, labels);
    const [own, other] = [
      await mahalanobisScores(gaussians, inside),
      await mahalanobisScores(gaussians, outside),
    ];
    const scores: Record<OutsideScore, readonly [Float64Array, Float64Array]> = {
      softmax: [softmaxScores(logitsOf(inside)), softmaxScores(logitsOf(outside))],
      energy: [energyScores(logitsOf(inside)), energyScores(logitsOf(outside))],
      knn: [await neighbourScores(train, inside, 5), await neighbourScores(train, outside, 5)],
      mahalanobis: [own.mahalanobis, other.mahalanobis],
      relative: [own.relative, other.relative],
    };
    for (const name of OUTSIDE_SCORES) {
      const [own, other] = scores[name];
      expect([own[0], other[0]], name).toEqual(
        GOLDEN[name].slice(0, 2).map((value) => expect.closeTo(value, 5) as number),
      );
    }
    const seen = (features: Matrix) => ({ features, logits: logitsOf(features) });
    const numbers = await outsideNumbers({
      train,
      labels,
      inside: seen(inside),
      outside: seen(outside),
      k: 5,
    });
    for (const name of OUTSIDE_SCORES)
      expect(Object.values(numbers[name]), name).toEqual(
        GOLDEN[name].slice(2).map((value) => expect.closeTo(value, 6) as number),
      );
  });

  it('are separated with equal ones as half', () => {
    const of = (...values: number[]): Float64Array => Float64Array.from(values);
    expect(separation(of(3, 3, 2, 2, 1), of(2, 2, 1, 0))).toEqual({ auroc: 0.775, fpr95: 0.75 });
    expect(separation(of(1, 1), of(1, 1, 1))).toEqual({ auroc: 0.5, fpr95: 1 });
    expect(separation(of(5, 4), of(1, 2))).toEqual({ auroc: 1, fpr95: 0 });
    expect(separation(of(1, 2), of(5, 4))).toEqual({ auroc: 0, fpr95: 1 });
  });

  it('do not depend on how features are scaled and turned', async () => {
    const turned = ({ rows, data }: Matrix): Matrix =>
      matrixOf(
        Float64Array.from({ length: rows * 6 }, (_, i) => 100 * data[i - (i % 6) + ((i + 2) % 6)]! + (i % 6)),
        rows,
        6,
      );
    const before = await mahalanobisScores(await fitGaussians(train, labels), inside);
    const after = await mahalanobisScores(await fitGaussians(turned(train), labels), turned(inside));
    before.relative.forEach((score, i) => expect(after.relative[i]).toBeCloseTo(score, 6));
  });

  it('are refused where there is nothing to compare, or what does not fit', async () => {
    const none = new Float64Array(0);
    expect(() => separation(none, Float64Array.of(1))).toThrow(/no inside score/);
    expect(() => separation(Float64Array.of(1), Float64Array.of(1, NaN))).toThrow(
      /Row 1 of the outside scores/,
    );
    expect(() => softmaxScores({ rows: 2, columns: 1, data: Float64Array.of(1, NaN) })).toThrow(
      /Row 1 of the logits/,
    );
    await expect(fitGaussians(train, labels.subarray(1))).rejects.toThrow(/labels \[89\].*\[90, 6\]/);
    await expect(
      fitGaussians(matrixOf(new Float64Array(12).fill(2), 4, 3), new Int32Array(4)),
    ).rejects.toThrow(/vary in none/);
    const narrow = matrixOf(new Float64Array(4), 2, 2);
    await expect(mahalanobisScores(await fitGaussians(train, labels), narrow)).rejects.toThrow(
      /\[2, 2\].*6 columns/,
    );
    await expect(neighbourScores(train, inside, 91)).rejects.toThrow(/k is 91/);
  });
});
