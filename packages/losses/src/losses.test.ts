import {
  concat,
  mul,
  slice,
  sum,
  tensor2d,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { PredictionLoss } from '@understory/core';
import { describe, expect, it } from 'vitest';
import {
  expectGolden,
  goldens,
  ids,
  norm,
  numberOf,
  relativeError,
  stream,
  valueAndGradient,
} from './golden.test.support.ts';
import * as losses from './index.ts';

type Inputs = Record<string, Tensor>;
type Options = Record<string, unknown>;

const ofFeatures =
  (make: (options: never) => (features: Tensor2D, labels?: Tensor1D) => Scalar) =>
  (options: Options) =>
  ({ features, labels }: Inputs): Scalar =>
    labels
      ? make(options as never)(features as Tensor2D, labels as Tensor1D)
      : make(options as never)(features as Tensor2D);

const ofLogits =
  (make: (options: never) => (logits: Tensor2D, labels: Tensor1D) => Scalar) =>
  (options: Options) =>
  ({ logits, labels }: Inputs): Scalar =>
    make(options as never)(logits as Tensor2D, labels as Tensor1D);

const ofPairs =
  (loss: PredictionLoss) =>
  () =>
  ({ predictions, targets }: Inputs): Scalar =>
    loss(predictions as Tensor2D, targets as Tensor2D);

/** Calls each loss of the golden file with its named inputs. */
const CALLS: Record<string, (options: Options) => (inputs: Inputs) => Scalar> = {
  infoNce: ofFeatures(losses.infoNce),
  dcl: ofFeatures(losses.dcl),
  dclw: ofFeatures(losses.dclw),
  barlowTwins: ofFeatures(losses.barlowTwins),
  vicReg: ofFeatures(losses.vicReg),
  batchTriplet: ofFeatures(losses.batchTriplet),
  mocoInfoNce: (options) => (i) =>
    losses.mocoInfoNce(options)(i['query'] as Tensor2D, i['key'] as Tensor2D, i['queue'] as Tensor2D),
  byol: ofPairs(losses.byol),
  simSiam: ofPairs(losses.simSiam),
  triplet: (options) => (i) =>
    losses.triplet(options)(i['anchor'] as Tensor2D, i['positive'] as Tensor2D, i['negative'] as Tensor2D),
  swav: (options) => (i) => losses.swav(options)(i['scores'] as Tensor2D),
  crossEntropy: ofLogits(losses.crossEntropy),
  softCrossEntropy: () => (i) => losses.softCrossEntropy(i['logits'] as Tensor2D, i['targets'] as Tensor2D),
  binaryCrossEntropy: ofLogits(losses.binaryCrossEntropy),
  focal: ofLogits(losses.focal),
};

describe('against PyTorch', () => {
  it.each(goldens('losses.json'))('$loss, $name, $options', (golden) => {
    const vanishing = Object.values(golden.gradients).every((g) => g.every((v) => Math.abs(v) < 1e-9));
    // Differences of 1e-3 between unit rows that float32 rounds at 6e-8: PyTorch's own float32 is off by up to 5e-5.
    const tolerance = golden.loss === 'batchTriplet' && golden.name === 'nearly equal' ? 1e-4 : 1e-5;
    expectGolden(golden, CALLS[golden.loss]!(golden.options), { tolerance, floor: vanishing ? 10 : 1e-9 });
  });
});

const two = (): Tensor2D => concat([stream([4, 8], 0), stream([4, 8], 1)]);
const handbook = (name: string, loss: (x: Tensor2D) => Scalar, expected: readonly number[]): void => {
  it(`gives the published value of ${name}`, () => {
    const { value, gradient } = valueAndGradient(loss, two());
    const actual = [value, norm(gradient.slice(0, 32)), norm(gradient.slice(32))];
    expected.forEach((number, i) => expect(relativeError([actual[i]!], [number])).toBeLessThan(2e-6));
  });
};

describe('the published values', () => {
  const predictions = concat([stream([4, 8], 3), stream([4, 8], 4)]);
  const queue = stream([16, 8], 2);
  const firstHalf = (x: Tensor2D): Tensor2D => slice(x, 0, 4);
  const y = ids(0, 1, 0, 2);
  handbook('infoNce', losses.infoNce(), [7.2417966]);
  handbook('dcl', losses.dcl(), [6.6119149, 3.1968926, 4.0301533]);
  handbook('dclw', losses.dclw(), [7.6297455]);
  handbook('barlowTwins', losses.barlowTwins(), [12.380306, 8.0719609, 6.76855]);
  handbook('vicReg', losses.vicReg(), [29.531193, 6.264261, 6.1603351]);
  handbook('batchTriplet', (x) => losses.batchTriplet()(x, y), [0.82732604]);
  handbook('triplet', (x) => losses.triplet()(firstHalf(x), slice(x, 4, 4), stream([4, 8], 5)), [0.52719544]);
  const moco = (temperature: number) => (x: Tensor2D) =>
    losses.mocoInfoNce({ temperature })(firstHalf(x), slice(x, 4, 4), queue);
  handbook('mocoInfoNce', moco(0.07), [9.8248538, 4.976967]);
  handbook('mocoInfoNce at 0.2', moco(0.2), [4.2882847]);

  it('gives those of byol and simSiam', () => {
    expect(numberOf(losses.byol(predictions, two()))).toBeCloseTo(3.5276226, 5);
    expect(numberOf(losses.simSiam(predictions, two()))).toBeCloseTo(-0.11809435, 6);
  });

  it('gives those of classification', () => {
    const logits: Tensor2D = mul(stream([4, 5], 6), 3);
    const labels = ids(0, 3, 2, 4);
    expect(numberOf(losses.crossEntropy()(logits, labels))).toBeCloseTo(2.4932021, 5);
    expect(numberOf(losses.crossEntropy({ smoothing: 0.1 })(logits, labels))).toBeCloseTo(2.5399403, 5);
    const targets = tensor2d([
      [0, 1, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 1],
    ]);
    expect(numberOf(sum(losses.sigmoidFocal()(mul(stream([3, 4], 81), 3), targets)))).toBeCloseTo(
      3.8842975,
      5,
    );
  });

  it('has the course of the moving average of BYOL', () => {
    expect(losses.byolMomentum(0, 100)).toBeCloseTo(0.996, 10);
    expect(losses.byolMomentum(50, 100)).toBeCloseTo(0.998, 10);
    expect(losses.byolMomentum(100, 100)).toBe(1);
  });
});
