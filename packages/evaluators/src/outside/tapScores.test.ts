import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { clusters, drawnLabels, places } from '../drawn.test.support.ts';
import { matrixOf, type Matrix } from '../matrix.ts';
import { separation } from './separation.ts';
import { fitTapScore, meanOfTaps, scoreWeights, tapScores } from './tapScores.ts';

const labels = drawnLabels(90, 3, 751);
const known = drawnLabels(40, 3, 754);

/** Training, inside and outside features of a tap, so many columns wide. */
const tapOf = (columns: number, seed: number): readonly [Matrix, Matrix, Matrix] => {
  const shared = { columns, centres: seed + 2, scale: 1.2 };
  return [
    clusters({ ...shared, labels, noise: seed }),
    clusters({ ...shared, labels: known, noise: seed + 3 }),
    matrixOf(
      places(30, columns, seed + 5).map((v) => 1.5 * v + 0.3),
      30,
      columns,
    ),
  ];
};
const TAPS = [tapOf(4, 800), tapOf(6, 750), tapOf(9, 820)] as const;

it('scores taps of several widths in one unit, as NumPy does', async () => {
  const golden = JSON.parse(
    readFileSync(new URL('../../testdata/outside.json', import.meta.url), 'utf8'),
  ) as {
    readonly first: readonly (readonly number[])[];
    readonly taps: readonly number[];
    readonly auroc: number;
    readonly fpr95: number;
  };
  const [inside, outside]: [Float64Array[], Float64Array[]] = [[], []];
  for (const [t, [train, own, other]] of TAPS.entries()) {
    const score = await fitTapScore(train, labels);
    inside.push(await tapScores(score, own));
    outside.push(await tapScores(score, other));
    expect([inside[t]![0], outside[t]![0]]).toEqual(
      golden.first[t]!.map((value) => expect.closeTo(value, 6) as number),
    );
  }
  const [own, other] = [meanOfTaps(inside), meanOfTaps(outside)];
  expect([own[0], other[0]]).toEqual(golden.taps.map((value) => expect.closeTo(value, 6) as number));
  expect(separation(own, other)).toEqual({
    auroc: expect.closeTo(golden.auroc, 9) as number,
    fpr95: expect.closeTo(golden.fpr95, 9) as number,
  });
});

it('is 0 on average over training samples, and refuses scores that do not belong together', async () => {
  const [train] = TAPS[1];
  const scores = await tapScores(await fitTapScore(train, labels), train);
  expect(scores.reduce((a, b) => a + b)).toBeCloseTo(0, 6);
  expect(() => meanOfTaps([scores, scores.subarray(1)])).toThrow(/lengths 90, 89/);
  expect(() => meanOfTaps([])).toThrow(/0 taps/);
});

it('is the same by its two linear maps', async () => {
  const [train, own] = TAPS[2];
  const score = await fitTapScore(train, labels);
  const { kernel, bias, means, offsets, classes } = await scoreWeights(score);
  const linear = (x: ArrayLike<number>, weights: Float64Array, shift: Float64Array): Float64Array =>
    shift.map((b, j) => Array.from(x).reduce((sum, v, i) => sum + v * weights[i * shift.length + j]!, b));
  const found = Array.from({ length: own.rows }, (_, row) => {
    const y = linear(own.data.subarray(row * 9, row * 9 + 9), kernel, bias);
    const square = y.reduce((sum, v) => sum + v * v, 0);
    return (Math.max(...linear(y, means, offsets)) - square - score.mean) / score.deviation;
  });
  expect(classes).toBe(3);
  (await tapScores(score, own)).forEach((value, row) => expect(found[row]).toBeCloseTo(value, 9));
});
