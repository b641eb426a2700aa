import {
  cast,
  concat,
  equal,
  expandDims,
  mul,
  randomNormal,
  slice,
  tensor1d,
  tensor2d,
  tidy,
  tile,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type {
  ClassificationLoss,
  ContrastiveLoss,
  PredictionLoss,
  PrototypeLoss,
  QueueLoss,
} from '@understory/core';
import { valueAndGradients } from '@understory/core/testing';
import {
  check,
  isClose,
  allFinite,
  isSame,
  requireThat,
  withoutReading,
  type Check,
  type ChecksOfKind,
} from '../check.ts';

const SAMPLES = 6;
const WIDTH = 8;

const rowsOf = (count: number, width: number, seed: number): Tensor2D =>
  randomNormal([count, width], 0, 1, 'float32', seed);
const labels = (): Tensor1D => tensor1d([0, 1, 2, 0, 1, 2], 'int32');

/** A loss of some rows, of which the first ones are learned. */
interface Tried {
  readonly value: (...rows: Tensor2D[]) => Scalar;
  readonly rows: () => Tensor2D[];
}

const ofRows = ({ value, rows }: Tried): { value: number; gradients: Float32Array[] } =>
  tidy(() => {
    const made = valueAndGradients<Tensor2D>(value, rows());
    return { value: made.value, gradients: [...made.gradients] };
  });

/** What every loss promises. */
const common = (make: () => Tried): readonly Check[] => [
  check('gives one finite number', () => {
    const { value } = ofRows(make());
    requireThat(Number.isFinite(value), `the loss is ${value}`);
  }),
  check('has finite gradients, not all of them zero', () => {
    const { gradients } = ofRows(make());
    requireThat(gradients.every(allFinite), 'a gradient is not finite');
    requireThat(
      gradients.some((g) => g.some((v) => v !== 0)),
      'every gradient is zero: nothing would be learned',
    );
  }),
  check('gives the same for the same rows', () => {
    const [a, b] = [ofRows(make()), ofRows(make())];
    requireThat(a.value === b.value, `the loss is ${a.value}, and then ${b.value}, of the same rows`);
  }),
  check('reads no value while it computes', () => {
    tidy(() => {
      const { value, rows } = make();
      const given = rows();
      withoutReading(() => value(...given));
    });
  }),
];

const valueOf = (loss: () => Scalar): number => tidy(() => loss().dataSync<'float32'>()[0] ?? NaN);

const alike = (): Tensor2D => {
  const known = labels();
  return cast(equal(expandDims(known, 0), expandDims(known, 1)), 'float32');
};

const requireAgreement = (what: string, given: () => Scalar, other: () => Scalar): void => {
  const [a, b] = [valueOf(given), valueOf(other)];
  requireThat(isClose([a], [b]), `${what}: ${a}, and ${b}`);
};

/** `LOSS`: contrasts embeddings. */
export const contrastiveLossChecks: ChecksOfKind<ContrastiveLoss> = (make) => {
  const views = (): number => make().views ?? 2;
  const features = (): Tensor2D => rowsOf(views() * SAMPLES, WIDTH, 7);
  return [
    ...common(() => ({ value: (x) => make()(x, labels()), rows: () => [features()] })),
    check('takes labels of samples and of rows alike', () => {
      requireAgreement(
        'labels of samples and of all rows give two losses',
        () => make()(features(), tile(labels(), [views()])),
        () => make()(features(), labels()),
      );
    }),
    check('takes an affinity of samples', () => {
      requireAgreement(
        'labels, and the affinity that says the same, give two losses',
        () => make()(features(), alike()),
        () => make()(features(), labels()),
      );
    }),
    check('has a finite gradient where a row is zero', () => {
      const zeroed = (): Tensor2D =>
        mul(features(), cast(tensor2d(Array.from({ length: views() * SAMPLES }, (_, i) => [i])), 'bool'));
      const { value, gradients } = ofRows({
        value: (x) => make()(x, labels()),
        rows: () => [zeroed()],
      });
      requireThat(
        Number.isFinite(value) && gradients.every(allFinite),
        'a row of zeros gives no finite loss or gradient; use unitVectors of core',
      );
    }),
  ];
};

/** `CLASSIFICATION_LOSS`: compares logits with labels. */
export const classificationLossChecks: ChecksOfKind<ClassificationLoss> = (make) => {
  const logits = (): Tensor2D => rowsOf(SAMPLES, 5, 11);
  return [
    ...common(() => ({ value: (x) => make()(x, labels()), rows: () => [logits()] })),
    check('stays finite for logits of a thousand', () => {
      const { value, gradients } = ofRows({
        value: (x) => make()(x, labels()),
        rows: () => [mul(logits(), 1000)],
      });
      requireThat(Number.isFinite(value) && gradients.every(allFinite), `logits of a thousand give ${value}`);
    }),
    check('looks at class weights if it says so, and only then', () => {
      const weighted = valueOf(() => make()(logits(), labels(), tensor1d([1, 5, 0.2, 1, 1])));
      const changes = !isSame([weighted], [valueOf(() => make()(logits(), labels()))]);
      const says = make().weighted === true;
      requireThat(
        changes === says,
        `weighted is ${says}, and class weights ${changes ? 'change' : 'do not change'} the loss`,
      );
    }),
  ];
};

const zero = (gradient: Float32Array | undefined): boolean => gradient?.every((v) => v === 0) ?? false;

/** `QUEUE_LOSS`: contrasts with a queue of earlier keys. */
export const queueLossChecks: ChecksOfKind<QueueLoss> = (make) => {
  const tried = (): Tried => ({
    value: (...[query, key, queue]) => make()(query as Tensor2D, key as Tensor2D, queue as Tensor2D),
    rows: () => [rowsOf(SAMPLES, WIDTH, 1), rowsOf(SAMPLES, WIDTH, 2), rowsOf(20, WIDTH, 3)],
  });
  return [
    ...common(tried),
    check('gives keys and queue no gradient', () => {
      const [, key, queue] = ofRows(tried()).gradients;
      requireThat(zero(key) && zero(queue), 'a key or the queue has a gradient; wrap them in stopGradient');
    }),
  ];
};

/** `PREDICTION_LOSS`: compares predictions with targets. */
export const predictionLossChecks: ChecksOfKind<PredictionLoss> = (make) => {
  const tried = (): Tried => ({
    value: (...[predictions, targets]) => make()(predictions as Tensor2D, targets as Tensor2D),
    rows: () => [rowsOf(2 * SAMPLES, WIDTH, 4), rowsOf(2 * SAMPLES, WIDTH, 5)],
  });
  return [
    ...common(tried),
    check('gives targets no gradient', () => {
      requireThat(
        zero(ofRows(tried()).gradients[1]),
        'the targets have a gradient; wrap them in stopGradient',
      );
    }),
    check('lets each view meet the other one', () => {
      const halves = (x: Tensor2D): readonly [Tensor2D, Tensor2D] => [
        slice(x, 0, SAMPLES),
        slice(x, SAMPLES),
      ];
      const same = valueOf(() => {
        const x = rowsOf(2 * SAMPLES, WIDTH, 4);
        const [a, b] = halves(x);
        return make()(x, concat([b, a]));
      });
      const others = valueOf(() => make()(rowsOf(2 * SAMPLES, WIDTH, 4), rowsOf(2 * SAMPLES, WIDTH, 5)));
      requireThat(
        same < others,
        `predictions that equal the other view's targets cost ${same}, others ${others}`,
      );
    }),
  ];
};

/** `PROTOTYPE_LOSS`: compares assignments to prototypes. */
export const prototypeLossChecks: ChecksOfKind<PrototypeLoss> = (make) =>
  common(() => ({ value: (x) => make()(x), rows: () => [mul(rowsOf(2 * SAMPLES, 5, 6), 0.3)] }));
