import { readFileSync } from 'node:fs';
import { mapNamed, type Named } from '@understory/core';
import { leakedBy, lengthOf, relativeError, streamTensor, valueAndGradients } from '@understory/core/testing';
import { ones, scalar, softmax, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  classThresholds,
  fairnessLoss,
  firstSeenClasses,
  firstSeenConfidence,
  rowsAboveThreshold,
  seenClasses,
  softWeights,
  weightedPseudoLabelLoss,
  type SeenClasses,
  type SeenConfidence,
} from '../index.ts';

interface Step {
  readonly weights: readonly number[];
  readonly loss: number;
  readonly lossGradient: readonly number[];
  readonly state: Named<readonly number[]>;
}
interface Golden<S extends Step> {
  readonly name: string;
  readonly scales: readonly [weak: number, strong: number];
  readonly momentum: number;
  readonly first: Named<readonly number[]>;
  readonly steps: readonly S[];
}
interface FreeStep extends Step {
  readonly thresholds: readonly number[];
  readonly fairness: number;
  readonly fairnessGradient: readonly number[];
}
const { freematch, softmatch } = JSON.parse(
  readFileSync(new URL('../../testdata/weightings.json', import.meta.url), 'utf8'),
) as {
  readonly freematch: readonly (Golden<FreeStep> & { readonly range: readonly [number, number] })[];
  readonly softmatch: readonly (Golden<Step> & { readonly sharpness: number; readonly align: boolean })[];
};

/** One number is a scalar, more are a vector. */
const stateOf = (values: Named<readonly number[]>): Named<Tensor> =>
  mapNamed(values, (v) => (v.length === 1 ? scalar(v[0]!) : tensor1d([...v])));
const logitsOf = ({ scales }: Golden<Step>, step: number): readonly [weak: Tensor2D, strong: Tensor2D] => [
  streamTensor([6, 5], 91 + 200 * step, scales[0]) as Tensor2D,
  streamTensor([6, 5], 92 + 200 * step, scales[1]) as Tensor2D,
];
/** A variance of almost nothing is nothing in float32. */
const expectState = (state: Named<Tensor>, expected: Step['state']): void => {
  for (const [name, values] of Object.entries(expected))
    expect(relativeError([...state[name]!.dataSync(), 1e-6], [...values, 1e-6]), name).toBeLessThan(1e-5);
};
const expectLoss = (
  loss: (strong: Tensor2D) => Scalar,
  strong: Tensor2D,
  [value, gradient]: readonly [number, readonly number[]],
): void => {
  const found = valueAndGradients((x) => loss(x), [strong]);
  expect(Math.abs(found.value - value)).toBeLessThan(1e-5 * Math.max(1e-3, Math.abs(value)));
  if (lengthOf(gradient) > 0) expect(relativeError(found.gradients[0]!, gradient)).toBeLessThan(2e-5);
  else expect(lengthOf(found.gradients[0]!)).toBe(0);
};

describe('FreeMatch against PyTorch, step after step', () => {
  it.each(freematch)('$name', (golden) => {
    let seen = stateOf(golden.first) as SeenClasses;
    for (const [k, step] of golden.steps.entries()) {
      const [weak, strong] = logitsOf(golden, k);
      seen = seenClasses(seen, softmax(weak), golden);
      expectState(seen, step.state);
      const thresholds = classThresholds(seen);
      expect(relativeError(thresholds.dataSync(), step.thresholds)).toBeLessThan(1e-5);
      const weights = rowsAboveThreshold(softmax(weak), thresholds);
      expect([...weights.dataSync()]).toEqual(step.weights);
      const labels = (x: Tensor2D): Scalar => weightedPseudoLabelLoss(weak, x, weights);
      expectLoss(labels, strong, [step.loss, step.lossGradient]);
      const fairness = (x: Tensor2D): Scalar => fairnessLoss(x, weights, seen);
      expectLoss(fairness, strong, [step.fairness, step.fairnessGradient]);
    }
  });

  it('is the golden value of the handbook', () => {
    const [{ steps }] = freematch as [(typeof freematch)[number]];
    const { state, thresholds, weights, loss, fairness, lossGradient, fairnessGradient } = steps[0]!;
    expect(state['threshold']![0]).toBeCloseTo(0.94273545, 8);
    const expected = [0.25855144, 0.94273545, 0.52331886, 0.57744053, 0.55614746];
    expect(relativeError(thresholds, expected)).toBeLessThan(1e-7);
    expect(weights).toEqual([0, 1, 1, 1, 0, 1]);
    expect(loss).toBeCloseTo(1.7548209, 7);
    expect(fairness).toBeCloseTo(-16.545602, 6);
    expect(lengthOf(fairnessGradient)).toBeCloseTo(0.023434672, 7);
    expect(loss + 0.05 * fairness).toBeCloseTo(0.92754082, 7);
    const both = lossGradient.map((g, i) => g + 0.05 * fairnessGradient[i]!);
    expect(lengthOf(both)).toBeCloseTo(0.34495709, 7);
  });

  it('begins with a threshold of one in so many classes', () => {
    const { threshold, probabilities, labels } = firstSeenClasses(4);
    expect(threshold.dataSync()[0]).toBeCloseTo(0.25, 7);
    for (const x of [probabilities, labels]) expect([...x.dataSync()]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('asks for no fairness where no row is sure, and takes a batch of one', () => {
    const strong = streamTensor([6, 5], 92, 3) as Tensor2D;
    const seen = firstSeenClasses(5);
    const none = (x: Tensor): Scalar => fairnessLoss(x as Tensor2D, tensor1d([0, 0, 0, 0, 0, 0]), seen);
    const { value, gradients } = valueAndGradients(none, [strong]);
    expect(Math.abs(value) + lengthOf(gradients[0]!)).toBe(0);
    const one = seenClasses(seen, tensor2d([[0.6, 0.1, 0.1, 0.1, 0.1]]), { momentum: 0.5, range: [0, 1] });
    expect([...one.labels.dataSync()].map((v) => v.toFixed(3))).toEqual([
      '0.600',
      '0.100',
      '0.100',
      '0.100',
      '0.100',
    ]);
    const logits = tensor2d([[3, 0, 0, 0, 0]]);
    const alone = (x: Tensor): Scalar => fairnessLoss(x as Tensor2D, tensor1d([1]), one);
    const found = valueAndGradients(alone, [logits]);
    expect([found.value, ...found.gradients[0]!].every(Number.isFinite)).toBe(true);
  });
});

describe('SoftMatch against PyTorch, step after step', () => {
  it.each(softmatch)('$name', (golden) => {
    let seen = stateOf(golden.first) as SeenConfidence;
    for (const [k, step] of golden.steps.entries()) {
      const [weak, strong] = logitsOf(golden, k);
      const found = softWeights(softmax(weak), seen, golden);
      ({ seen } = found);
      expectState(seen, step.state);
      // Rows far below the mean weigh e to the minus many: the exponent is off by 1e-6 of itself.
      expect(relativeError(found.weights.dataSync(), step.weights)).toBeLessThan(2e-5);
      const labels = (x: Tensor2D): Scalar => weightedPseudoLabelLoss(weak, x, found.weights);
      expectLoss(labels, strong, [step.loss, step.lossGradient]);
    }
  });

  it('is the golden value of the handbook', () => {
    const [{ steps }, other] = softmatch as [(typeof softmatch)[number], (typeof softmatch)[number]];
    const { state, weights, loss, lossGradient } = steps[0]!;
    expect(state['mean']![0]).toBeCloseTo(0.88590209, 7);
    expect(state['variance']![0]).toBeCloseTo(0.020884602, 9);
    const expected = [3.2811537e-5, 0.71302114, 0.00016386496, 1, 0.05146595, 1];
    expect(relativeError(weights, expected)).toBeLessThan(1e-6);
    expect(loss).toBeCloseTo(1.0484218, 7);
    expect(lengthOf(lossGradient)).toBeCloseTo(0.27535457, 7);
    const plain = [0.13694843, 1, 0.98165824, 1, 0.97815111, 1];
    expect(relativeError(other.steps[0]!.weights, plain)).toBeLessThan(1e-6);
    expect(other.steps[0]!.loss).toBeCloseTo(2.0073517, 7);
  });

  it('counts all rows at its beginning, and refuses one row, which has no variance', () => {
    const options = { momentum: 0.999, sharpness: 2, align: true };
    const weak = softmax(streamTensor([6, 5], 91, 12)) as Tensor2D;
    const { weights } = softWeights(weak, firstSeenConfidence(5), options);
    for (const w of weights.dataSync()) expect(w).toBeGreaterThan(0.9999);
    const one = tensor2d([[0.6, 0.4]]);
    expect(() => softWeights(one, firstSeenConfidence(2), options)).toThrow(
      /the batch has 1 row\. Use a batch of two/,
    );
  });

  it('stays finite where all rows are equally sure', () => {
    const even = softmax<Tensor2D>(ones([4, 3]));
    const before = { mean: scalar(1 / 3), variance: scalar(0), probabilities: tensor1d([0, 0, 0]) };
    const { weights, seen } = softWeights(even, before, { momentum: 0, sharpness: 2, align: true });
    for (const w of weights.dataSync()) expect(w).toBeGreaterThan(0.9);
    expect(seen.variance.dataSync()[0]).toBeLessThan(1e-12);
  });
});

describe('memory', () => {
  it('no function leaves a tensor behind but what it gives', () => {
    const weak = softmax(streamTensor([6, 5], 91, 12)) as Tensor2D;
    const seen = firstSeenClasses(5);
    const weights = rowsAboveThreshold(weak, classThresholds(seen));
    expect(leakedBy(() => classThresholds(seen))).toBe(0);
    expect(leakedBy(() => rowsAboveThreshold(weak, seen.probabilities))).toBe(0);
    expect(leakedBy(() => fairnessLoss(weak, weights, seen))).toBe(0);
    expect(leakedBy(() => weightedPseudoLabelLoss(weak, weak, weights))).toBe(0);
    const range = [0, 1] as const;
    expect(leakedBy(() => Object.values(seenClasses(seen, weak, { momentum: 0.9, range })))).toBe(0);
    const before = firstSeenConfidence(5);
    const soft = (): Tensor[] => {
      const found = softWeights(weak, before, { momentum: 0.9, sharpness: 2, align: true });
      return [found.weights, ...Object.values(found.seen)];
    };
    expect(leakedBy(soft)).toBe(0);
  });
});
