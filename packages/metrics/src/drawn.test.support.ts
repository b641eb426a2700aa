import { confusionCounts, namedClass, type Predictions } from '@understory/core';
import { streamNumber } from '@understory/core/testing';

export const places = (n: number, s: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => streamNumber(i, s));

/** (u + 1) / 2 */
export const share = (i: number, s: number): number => (streamNumber(i, s) + 1) / 2;

/** L(n, C, s): labels from 0 to C − 1. */
export const drawnLabels = (n: number, classes: number, s: number): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => Math.floor(share(i, s) * classes));

const largest = (row: ArrayLike<number>): number =>
  Array.from(row).reduce((best, value, c, all) => (value > all[best]! ? c : best), 0);

/** A classifier that is right where a stream says so, and elsewhere as it happens. */
export const drawnPredictions = (
  logits: Float32Array,
  classes: number,
  { right, seed, unused = 0 }: { readonly right: number; readonly seed: number; readonly unused?: number },
): Predictions => {
  const samples = logits.length / classes;
  const others = drawnLabels(samples, classes - unused, seed + 1);
  const labels = others.map((other, i) =>
    share(i, seed) < right ? largest(logits.subarray(i * classes, (i + 1) * classes - unused)) : other,
  );
  return { classes, logits, labels };
};

export const countsOf = ({ classes, logits, labels }: Predictions): Int32Array =>
  confusionCounts(
    {
      labels,
      predicted: labels.map((_, i) => namedClass(logits.subarray(i * classes, (i + 1) * classes))),
    },
    classes,
  );

/** Set A of the golden values: 200 samples in 10 classes. */
export const setA = (): Predictions =>
  drawnPredictions(
    Float32Array.from(places(2000, 700), (v) => 4 * v),
    10,
    { right: 0.5, seed: 701 },
  );
