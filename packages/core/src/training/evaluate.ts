import { uint8, type NdArray } from '../contracts/arrays.ts';
import type { Samples } from '../contracts/dataset.ts';
import type { Metric, Predictions } from '../contracts/metric.ts';
import type { Step } from '../contracts/runner.ts';
import { turn } from './turn.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Joins rows of batches, without what was padded. */
const joinRows = (parts: readonly NdArray[], rows: number): NdArray => {
  const shape = [rows, ...parts[0]!.shape.slice(1)];
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(size);
  let offset = 0;
  for (const { data: part } of parts) {
    const count = Math.min(part.length, size - offset);
    data.set(part.subarray(0, count), offset);
    offset += count;
  }
  return { dtype: 'float32', shape, data };
};

export interface InferenceOptions {
  readonly batch: number;
  /** Which outputs of the inference step to collect. */
  readonly outputs?: readonly string[];
  /** Positions to look at; all of them by default. */
  readonly positions?: readonly number[];
  readonly onBatch?: (done: number, total: number) => void;
}

/** Runs an inference step over samples → outputs by name, rows in the order of the positions. */
export const infer = async (
  step: Step,
  samples: Samples,
  { batch, outputs = ['logits'], positions = range(0, samples.length), onBatch }: InferenceOptions,
): Promise<Record<string, NdArray>> => {
  const parts = new Map<string, NdArray[]>(outputs.map((name) => [name, []]));
  // The last batch is padded with its first sample, so that every batch has the shape that was traced.
  const size = Math.min(batch, positions.length);
  const chunk = (start: number): number[] =>
    range(start, start + size).map((i) => positions[i] ?? positions[start]!);
  let next = samples.read(chunk(0));
  for (let start = 0; start < positions.length; start += size) {
    const images = uint8(await next, [size, ...samples.size, 3]);
    if (start + size < positions.length) next = samples.read(chunk(start + size));
    const out = await step.run({ images });
    for (const name of outputs) parts.get(name)!.push(out[name]!);
    onBatch?.(Math.min(start + size, positions.length), positions.length);
  }
  return Object.fromEntries([...parts].map(([name, list]) => [name, joinRows(list, positions.length)]));
};

/** A network's predictions on a split, in inference mode. */
export const predict = async (
  step: Step,
  samples: Samples,
  options: InferenceOptions,
): Promise<Predictions> => {
  const { logits } = await infer(step, samples, { ...options, outputs: ['logits'] });
  const positions = options.positions ?? range(0, samples.length);
  return {
    classes: logits!.shape[1]!,
    logits: logits!.data as Float32Array,
    labels: Int32Array.from(positions, (p) => samples.labels[p]!),
  };
};

/** All metrics, each in a turn of the event loop of its own. */
export const measure = async (
  metrics: readonly Metric[],
  predictions: Predictions,
): Promise<Record<string, number>> => {
  const values: Record<string, number> = {};
  for (const metric of metrics) {
    await turn();
    Object.assign(values, metric.evaluate(predictions));
  }
  return values;
};
