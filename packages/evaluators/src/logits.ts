import { logSumExp, namedClass } from '@understory/core';

const rowsOf = (logits: Float64Array, classes: number): Float64Array[] =>
  Array.from({ length: logits.length / classes }, (_, i) => logits.subarray(i * classes, (i + 1) * classes));

/** Share of rows of logits [N · C] whose largest is that of their class, of equal ones the first; NaN of none. */
export const rightShare = (logits: Float64Array, labels: Int32Array, classes: number): number =>
  rowsOf(logits, classes).filter((row, i) => namedClass(row) === labels[i]).length / labels.length;

/** Mean −log p of the class in nats; NaN of none. */
export const meanCrossEntropy = (logits: Float64Array, labels: Int32Array, classes: number): number =>
  rowsOf(logits, classes).reduce((sum, row, i) => sum + logSumExp(row) - (row[labels[i] ?? -1] ?? NaN), 0) /
  labels.length;
