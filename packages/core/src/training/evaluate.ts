import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import type { Samples } from '../contracts/dataset.ts';
import type { Metric, MetricRequest } from '../contracts/metric.ts';
import type { Step } from '../contracts/runner.ts';
import { checkedTargets } from '../data/checkTargets.ts';
import { groupByCanvas, readImages } from '../data/canvases.ts';
import { firstRows, rowsInOrder, stackRows } from '../data/rows.ts';
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

/** What a network made of a batch of samples, all on one canvas. */
export interface InferredBatch {
  readonly positions: readonly number[];
  /** Their places among the positions that were asked for. */
  readonly places: readonly number[];
  /** All outputs of the inference step by name, a row a position. */
  readonly outputs: NdArrays;
}

/** A batch to look at: samples at places among the positions asked for, filled up to the size of its group's batches. */
interface Chunk {
  readonly places: readonly number[];
  readonly images: readonly number[];
}

/** Batches of samples that share a canvas. The last one is padded with its first sample, so that all have the shape that was traced. */
const chunksOf = (samples: Samples, positions: readonly number[], batch: number): Chunk[] =>
  groupByCanvas(samples, positions).flatMap((group) => {
    const size = Math.min(batch, group.length);
    const at = (place: number): number => positions[place] ?? 0;
    return range(0, Math.ceil(group.length / size)).map((i): Chunk => {
      const places = group.slice(i * size, (i + 1) * size);
      const padding = Array.from({ length: size - places.length }, () => at(places[0] ?? 0));
      return { places, images: [...places.map(at), ...padding] };
    });
  });

/**
 * Runs an inference step over samples, batch by batch, canvas by canvas; the images of the next batch are read meanwhile.
 * Samples of one canvas come in the order of the positions.
 */
export async function* inferBatches(
  step: Step,
  samples: Samples,
  { batch, positions = range(0, samples.length), onBatch }: InferenceOptions,
): AsyncGenerator<InferredBatch> {
  const chunks = chunksOf(samples, positions, batch);
  const read = (chunk: Chunk | undefined) => chunk && readImages(samples, chunk.images);
  let next = read(chunks[0]);
  let done = 0;
  for (const [i, { places, images: seen }] of chunks.entries()) {
    const images = await next;
    if (!images) return;
    next = read(chunks[i + 1]);
    const outputs = await step.run({ images });
    yield { positions: seen.slice(0, places.length), places, outputs: firstRows(outputs, places.length) };
    done += places.length;
    onBatch?.(done, positions.length);
  }
}

const namedOutput = (outputs: NdArrays, name: string): NdArray => {
  const output = outputs[name];
  if (output) return output;
  throw new UnderstoryError(
    'no-output',
    `There is no output "${name}"; the network puts out ${Object.keys(outputs).join(', ')}.`,
  );
};

/** Runs an inference step over samples → outputs by name, rows in the order of the positions; `logits` where none is named. */
export const infer = async (
  step: Step,
  samples: Samples,
  { outputs = ['logits'], ...options }: InferenceOptions & { readonly outputs?: readonly string[] },
): Promise<Record<string, NdArray>> => {
  const parts = new Map<string, NdArray[]>(outputs.map((name) => [name, []]));
  const places: number[] = [];
  for await (const seen of inferBatches(step, samples, options)) {
    for (const [name, list] of parts) list.push(namedOutput(seen.outputs, name));
    places.push(...seen.places);
  }
  return Object.fromEntries([...parts].map(([name, list]) => [name, rowsInOrder(stackRows(list), places)]));
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
