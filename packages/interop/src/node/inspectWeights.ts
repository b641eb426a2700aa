import type { NdArray } from '@understory/core';
import type { Weights } from '../weights/weights.ts';
import { readWeights } from './readWeights.ts';

export interface TensorSummary {
  readonly name: string;
  readonly dtype: NdArray['dtype'];
  readonly shape: readonly number[];
  /** How many numbers it holds. */
  readonly size: number;
  /** Of the finite numbers; NaN where there is none. */
  readonly mean: number;
  readonly std: number;
  /** How many are NaN or infinite. */
  readonly notFinite: number;
}

export interface WeightsSummary {
  readonly format: Weights['format'];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorSummary[];
  /** Numbers in all tensors. */
  readonly size: number;
  /** What else is in the file: tensors that are not read, and objects, with the reason. */
  readonly leftOut: Weights['leftOut'];
}

const summaryOf = (name: string, { dtype, shape, data }: NdArray): TensorSummary => {
  let [count, sum, squares] = [0, 0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    count++;
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  const std = Math.sqrt(Math.max(0, squares / count - mean * mean));
  return { name, dtype, shape, size: data.length, mean, std, notFinite: data.length - count };
};

/** What is in a weights file, tensor by tensor. Errors: those of `readWeights`. */
export const inspectWeights = async (source: string | Uint8Array): Promise<WeightsSummary> => {
  const { format, metadata, tensors, leftOut } = await readWeights(source);
  const summaries = Object.entries(tensors).map(([name, tensor]) => summaryOf(name, tensor));
  const size = summaries.reduce((sum, one) => sum + one.size, 0);
  return { format, metadata, tensors: summaries, size, leftOut };
};
