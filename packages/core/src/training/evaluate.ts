import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import type { Samples } from '../contracts/dataset.ts';
import { metricRequest, type Metric, type MetricRequest } from '../contracts/metric.ts';
import { checkedTargets } from '../data/checkTargets.ts';
import { groupByCanvas, readImages } from '../data/canvases.ts';
import { firstRows, rowsInOrder, stackRows } from '../data/rows.ts';
import type { Network } from '../contracts/objective.ts';
import { outputShapes } from './taskHead.ts';
import { UnderstoryError } from '../errors.ts';
import { turn } from '../turn.ts';
import type { Sharing, SharedStep } from './workers/shared.ts';

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

/** The chunk that a worker infers of a round: of one that is not full, the last workers do the last one again, in vain. */
const ownOf = (round: readonly Chunk[], { rank }: Pick<Sharing, 'rank'>): Chunk | undefined =>
  round[Math.min(rank, round.length - 1)];

const aboutOf = (round: readonly Chunk[]): string => round.map(({ images }) => images.join()).join(' ');

/** Chunks in rounds of at most one a worker, all of a round alike, so that what comes of them has the same shapes. */
const roundsOf = (samples: Samples, chunks: readonly Chunk[], size: number): Chunk[][] => {
  const rounds: Chunk[][] = [];
  const kindOf = ({ images }: Chunk): string =>
    `${images.length} ${samples.canvases?.of[images[0] ?? -1] ?? 0}`;
  for (const chunk of chunks) {
    const last = rounds.at(-1);
    const [first] = last ?? [];
    if (last && first && last.length < size && kindOf(first) === kindOf(chunk)) last.push(chunk);
    else rounds.push([chunk]);
  }
  return rounds;
};

/** What comes of each chunk of a round, in order. */
async function* inferRound(
  round: readonly Chunk[],
  own: NdArrays,
  among: Sharing | undefined,
): AsyncGenerator<readonly [Chunk, NdArrays]> {
  const [first] = round;
  if (!first) return;
  if (!among) {
    yield [first, own];
    return;
  }
  let i = 0;
  for await (const outputs of among.exchange(own, round.length, aboutOf(round))) {
    const chunk = round[i++];
    if (chunk) yield [chunk, outputs];
  }
}

/**
 * Runs an inference step over samples, batch by batch, canvas by canvas; the images of the next batch are read meanwhile.
 * Samples of one canvas come in the order of the positions. A step that workers share gives all batches to each of them, the
 * same bits as one process alone.
 */
export async function* inferBatches(
  step: SharedStep,
  samples: Samples,
  { batch, positions = range(0, samples.length), onBatch }: InferenceOptions,
): AsyncGenerator<InferredBatch> {
  const { among } = step;
  const place = among ?? { size: 1, rank: 0 };
  const rounds = roundsOf(samples, chunksOf(samples, positions, batch), place.size);
  const read = (round: readonly Chunk[] = []) => {
    const chunk = ownOf(round, place);
    return chunk && readImages(samples, chunk.images);
  };
  let next = read(rounds[0]);
  let done = 0;
  for (const [i, round] of rounds.entries()) {
    const images = await next;
    if (!images) return;
    next = read(rounds[i + 1]);
    for await (const [{ places, images: seen }, outputs] of inferRound(
      round,
      await step.run({ images }),
      among,
    )) {
      yield { positions: seen.slice(0, places.length), places, outputs: firstRows(outputs, places.length) };
      done += places.length;
      onBatch?.(done, positions.length);
    }
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
  step: SharedStep,
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
  step: SharedStep,
  samples: Samples,
  metrics: readonly Metric[],
  { classes, ...options }: InferenceOptions & Pick<MetricRequest, 'classes'>,
): Promise<Record<string, number>> => {
  const passes = metrics.map((metric) => metric.begin(metricRequest(classes, samples)));
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
