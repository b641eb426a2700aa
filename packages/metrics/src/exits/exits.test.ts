import { readFileSync } from 'node:fs';
import { streamNumber } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { drawnLabels } from '../drawn.test.support.ts';
import { expectedCalibrationError, fitTemperature, meanConfidence, meanNll, reliability } from '../index.ts';
import { confidences } from '../probabilities/reliability.ts';
import { exitAccuracy, exitOutcome, leaveAt, type Exit } from './exits.ts';
import { CURVE, chooseThreshold, exitCurve, thresholdsOfShares } from './thresholds.ts';

const COSTS = [10, 25, 60];
const labels = drawnLabels(160, 5, 760);

/** Logits of the handbook's exit e: its classes are told the better the deeper it lies. */
const logitsOf = (e: number): Float32Array =>
  Float32Array.from({ length: 800 }, (_, i) => {
    const [row, c] = [Math.floor(i / 5), i % 5];
    const known = labels[row] === c && streamNumber(row, 761 + e) > -0.3 ? 1 + e : 0;
    return known + (1.5 + e) * streamNumber(i, 764 + e);
  });

const half = (part: 0 | 1) =>
  COSTS.map((_, e) => ({
    classes: 5,
    labels: labels.slice(80 * part, 80 * part + 80),
    logits: logitsOf(e).slice(400 * part, 400 * part + 400),
  }));
const exitsOf = (part: 0 | 1, temperatures: readonly number[] = [1, 1, 1]): Exit[] =>
  half(part).map((said, e) => ({ ...confidences(said, temperatures[e]), cost: COSTS[e]! }));

/** Two exits of four samples, of which the first knows two. */
const small = (confidence: readonly number[]): Exit[] => [
  {
    labels: Int32Array.of(0, 0, 1, 1),
    predicted: Int32Array.of(0, 1, 1, 0),
    confidence: Float64Array.from(confidence),
    cost: 1,
  },
  {
    labels: Int32Array.of(0, 0, 1, 1),
    predicted: Int32Array.of(0, 0, 1, 1),
    confidence: Float64Array.of(1, 1, 1, 1),
    cost: 4,
  },
];

describe('leaving a network early', () => {
  it('is what the handbook’s definition gives', () => {
    const [validation, test] = [exitsOf(0), exitsOf(1)];
    const thresholds = thresholdsOfShares(validation, [0.5, 0.3, 0.2]);
    expect(thresholds[0]).toBeCloseTo(0.424498, 5);
    expect(thresholds[1]).toBeCloseTo(0.558752, 5);
    expect(exitOutcome(validation, thresholds)).toMatchObject({ accuracy: 0.4875, cost: 24.5 });
    expect(exitOutcome(test, thresholds)).toEqual({
      ...{ accuracy: 0.6, cost: 24.8125, shares: [0.5375, 0.2375, 0.225] },
    });
    expect(test.map(exitAccuracy)).toEqual([0.4625, 0.35, 0.5625]);
    expect(exitCurve(test, [0.5])).toEqual([
      expect.objectContaining({ threshold: 0.5, accuracy: 0.575, cost: 26.5 }),
    ]);
  });

  it('is what NumPy and SciPy make of calibrated exits', () => {
    const golden = JSON.parse(
      readFileSync(new URL('../../testdata/exits.json', import.meta.url), 'utf8'),
    ) as {
      readonly temperatures: readonly number[];
      readonly nll: readonly (readonly number[])[];
      readonly ece: readonly (readonly number[])[];
      readonly curve: readonly (readonly number[])[];
      readonly chosen: readonly number[];
      readonly tested: readonly number[];
      readonly shares: readonly number[];
    };
    const found = half(0).map((said) => fitTemperature(said).temperature);
    found.forEach((t, e) => expect(t).toBeCloseTo(golden.temperatures[e]!, 5));
    half(1).forEach((said, e) => {
      expect(meanNll(said)).toBeCloseTo(golden.nll[e]![0]!, 6);
      expect(meanNll(said, found[e])).toBeCloseTo(golden.nll[e]![1]!, 6);
      expect(expectedCalibrationError(reliability(said))).toBeCloseTo(golden.ece[e]![0]!, 6);
      expect(expectedCalibrationError(reliability(said, 15, found[e]))).toBeCloseTo(golden.ece[e]![1]!, 6);
    });
    const test = exitsOf(1, found);
    const rows = exitCurve(test).slice(0, -1);
    golden.curve.forEach(([threshold, accuracy, cost], i) => {
      const point = rows[5 * i]!;
      expect([point.threshold, point.accuracy]).toEqual([threshold, accuracy]);
      expect(point.cost).toBeCloseTo(cost!, 9);
    });
    const { threshold, accuracy, cost } = chooseThreshold(exitsOf(0, found));
    expect([threshold, accuracy]).toEqual(golden.chosen.slice(0, 2));
    expect(cost).toBeCloseTo(golden.chosen[2]!, 9);
    const tested = exitOutcome(test, [threshold, threshold]);
    expect([tested.accuracy, tested.cost]).toEqual(
      golden.tested.map((value) => expect.closeTo(value, 9) as number),
    );
    expect(tested.shares).toEqual(golden.shares);
  });

  it('lets equal ones leave together, and nobody where the share is none', () => {
    const exits = small([0.9, 0.9, 0.9, 0.2]);
    expect(thresholdsOfShares(exits, [0.25, 0.75])).toEqual([0.9]);
    expect([...leaveAt(exits, [0.9])]).toEqual([0, 0, 0, 1]);
    expect(thresholdsOfShares(exits, [0, 1])).toEqual([Infinity]);
    expect(thresholdsOfShares(exits, [1, 0])).toEqual([0.2]);
  });

  it('chooses the cheapest threshold at which nothing is lost, and none where there is no such', () => {
    expect(chooseThreshold(small([0.9, 0.2, 0.8, 0.3]))).toMatchObject({ threshold: 0.8, cost: 2.5 });
    expect(chooseThreshold(small([0.2, 0.9, 0.2, 0.9]))).toMatchObject({ threshold: Infinity, cost: 4 });
    expect(CURVE).toHaveLength(102);
  });

  it('refuses what does not fit', () => {
    const exits = small([0.9, 0.2, 0.8, 0.3]);
    expect(() => exitOutcome(exits, [])).toThrow(/Thresholds \[\] are not those of 2 exits/);
    expect(() => exitOutcome([], [])).toThrow(/no exit/);
    expect(() => exitOutcome(small([0.9, NaN, 0.8, 0.3]), [0.5])).toThrow(/Exit 0 .* sample 1/);
    expect(() => thresholdsOfShares(exits, [0.5])).toThrow(/Shares \[0.5\]/);
    const short = { ...exits[0]!, labels: Int32Array.of(0) };
    expect(() => exitOutcome([short, exits[1]!], [0.5])).toThrow(/\[4\] do not fit labels \[1\]/);
  });
});

it('is surest where exits agree, and each is sure', () => {
  const of = (...logits: number[]) => ({ logits: Float32Array.from(logits), classes: 2, temperature: 2 });
  const [agreed, not] = meanConfidence([of(4, 0, 4, 0), of(4, 0, 0, 4)]);
  expect(agreed).toBeCloseTo(1 / (1 + Math.exp(-2)), 9);
  expect(not).toBeCloseTo(0.5, 9);
  expect(() => meanConfidence([of(1, 2), of(1)])).toThrow(/2 classifiers give 2, 1 logits/);
});
