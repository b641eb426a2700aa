import type { Tensor } from '@tensorflow/tfjs-core';

/** The rows of a matrix as plain numbers. */
export const rowsOf = (x: Tensor): number[][] => {
  const data = [...x.dataSync()];
  const width = x.shape[1]!;
  return Array.from({ length: x.shape[0] }, (_, i) => data.slice(i * width, (i + 1) * width));
};

/** Softmax at a temperature, written out in float64. */
export const softmaxOf = (row: readonly number[], temperature = 1): number[] => {
  const top = Math.max(...row);
  const e = row.map((v) => Math.exp((v - top) / temperature));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
};

/** Mean cross-entropy with smoothed targets, as a loop. */
export const crossEntropyOf = (
  logits: readonly number[][],
  labels: readonly number[],
  smoothing = 0,
): number => {
  let total = 0;
  for (const [b, row] of logits.entries())
    for (const [c, p] of softmaxOf(row).entries())
      total -= ((c === labels[b] ? 1 - smoothing : 0) + smoothing / row.length) * Math.log(p);
  return total / logits.length;
};
