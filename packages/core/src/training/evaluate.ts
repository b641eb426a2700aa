import { uint8, type NdArray, type NdArrays } from '../contracts/arrays.ts';
import type { Samples } from '../contracts/dataset.ts';
import type { Metric, MetricRequest } from '../contracts/metric.ts';
import type { Step } from '../contracts/runner.ts';
import { checkedTargets } from '../data/checkTargets.ts';
import { firstRows, stackRows } from '../data/rows.ts';
import type { Network } from '../contracts/objective.ts';
import { outputShapes } from './taskHead.ts';
import { UnderstoryError } from '../errors.ts';
import { turn } from '../turn.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Most images of a batch in inference, and most numbers of its outputs: 32 MB, and as much again for what is made of them. */
const IMAGES = 128;
const NUMBERS = 2 ** 23;

/** Images that a network looks at at once in inference: as many as its outputs, also inner ones, leave memory for. */
export const evaluationBatch = (network: Pick<Network, 'backbone' | 'head'>): number => {
  const sizes = Object.values(outputShapes(network)).map((shape) => shape.reduce((a, b) => a * b, 1));
  const all = sizes.reduce((a, b) => a + b, 0);
  return Math.max(1, Math.min(IMAGES, Math.floor(NUMBERS / Math.max(1, all))));
};

export interface InferenceOptions {
  /** Images at once: see `evaluationBatch`. */
  readonly batch: number;
  /** Positions to look at; all of them by default. */
  readonly positions?: readonly number[];
  readonly onBatch?: (done: number, total: number) => void;
}

/** What a network made of a batch of samples. */
export interface InferredBatch {
  readonly positions: readonly number[];
  /** All outputs of the inference step by name, a row a position. */
  readonly outputs: NdArrays;
}

/** Runs an inference step over samples, batch by batch; the images of the next batch are read meanwhile. */
export async function* inferBatches(
  step: Step,
  samples: Samples,
  { batch, positions = range(0, samples.length), onBatch }: InferenceOptions,
): AsyncGenerator<InferredBatch> {
  // The last batch is padded with its first sample, so that every batch has the shape that was traced.
  const size = Math.min(batch, positions.length);
  const chunk = (start: number): number[] =>
    range(start, start + size).map((i) => positions[i] ?? positions[start]!);
  let next = samples.read(chunk(0));
  for (let start = 0; start < positions.length; start += size) {
    const images = uint8(await next, [size, ...samples.size, 3]);
    if (start + size < positions.length) next = samples.read(chunk(start + size));
    const outputs = await step.run({ images });
    const seen = positions.slice(start, start + size);
    yield { positions: seen, outputs: firstRows(outputs, seen.length) };
    onBatch?.(Math.min(start + size, positions.length), positions.length);
  }
}

/** Runs an inference step over samples → outputs by name, rows in the order of the positions; `logits` where none is named. */
export const infer = async (
  step: Step,
  samples: Samples,
  { outputs = ['logits'], ...options }: InferenceOptions & { readonly outputs?: readonly string[] },
): Promise<Record<string, NdArray>> => {
  const parts = new Map<string, NdArray[]>(outputs.map((name) => [name, []]));
  for await (const seen of inferBatches(step, samples, options))
    for (const [name, list] of parts) {
      const output = seen.outputs[name];
      if (!output)
        throw new UnderstoryError(
          'no-output',
          `There is no output "${name}"; the network puts out ${Object.keys(seen.outputs).join(', ')}.`,
        );
      list.push(output);
    }
  return Object.fromEntries([...parts].map(([name, list]) => [name, stackRows(list)]));
};

/** All metrics of a network on samples, in one pass that keeps no images' outputs. Each has a turn of the event loop of its own. */
export const measure = async (
  step: Step,
  samples: Samples,
  metrics: readonly Metric[],
  { classes, ...options }: InferenceOptions & Pick<MetricRequest, 'classes'>,
): Promise<Record<string, number>> => {
  const passes = metrics.map((metric) => metric.begin({ classes, size: samples.size }));
  for await (const { positions, outputs } of inferBatches(step, samples, options)) {
    const targets = await checkedTargets(samples, positions, { where: 'Targets to measure by', classes });
    for (const pass of passes) {
      await turn();
      pass.add({ outputs, targets, count: positions.length });
    }
  }
  const values: Record<string, number> = {};
  for (const pass of passes) {
    await turn();
    Object.assign(values, await pass.end());
  }
  return values;
};
