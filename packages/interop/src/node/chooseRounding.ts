import {
  byName,
  UnderstoryError,
  type Calibration,
  type NdArray,
  type RecordedGraph,
} from '@understory/core';
import type { ActivationRange } from '../calibration/activationRange.ts';
import { eightBitSites } from '../calibration/eightBitSites.ts';
import { fewest } from '../calibration/fewest.ts';
import { roundingOf, type Rounding } from '../calibration/rounding.ts';
import {
  agreementOf,
  errorOf,
  expectedAgreement,
  rowsOf,
  scoreOutputs,
  type Scores,
} from '../calibration/scores.ts';
import { simulated } from '../calibration/simulated.ts';
import type { BatchedGraph } from '../graph/freeBatch.ts';
import { withOpened } from './openGraph.ts';

/** What runs in 8 bits, and what that does. */
export interface ChosenRounding {
  readonly rounding: Rounding;
  /** Layers that could run in 8 bits and stay in float32, the one that costs most first. */
  readonly inFloat: readonly string[];
  /** All layers that could. */
  readonly layers: number;
  /** On which share of the calibration's images the likeliest class stays; absent where nothing tells classes. */
  readonly agreement?: number;
  /** On which share of images like them it can be expected to. */
  readonly expected?: number;
}

/** Of this many images each layer alone is tried on some: what one costs shows in its error, on every image. */
const EVERY = 4;
const FEW = 4;
const MANY = 32;

/** Images of a calibration as a graph takes them: whole batches where their number is fixed. */
async function* batchesOf(
  { images }: BatchedGraph,
  calibration: Calibration,
  batch: number,
): AsyncGenerator<NdArray> {
  for await (const pixels of calibration.read(images ?? batch))
    if (images === undefined || pixels.shape[0] === images) yield pixels;
}

type Batches = AsyncIterable<NdArray> | readonly NdArray[];

/** What a graph says of images, as it is or in 8 bits. */
class Trials {
  readonly #graph: RecordedGraph;
  readonly #ranges: ReadonlyMap<string, ActivationRange>;
  readonly #calibration: Calibration;
  readonly #outputs: readonly string[];

  constructor(graph: RecordedGraph, ranges: ReadonlyMap<string, ActivationRange>, calibration: Calibration) {
    this.#graph = graph;
    this.#ranges = ranges;
    this.#calibration = calibration;
    this.#outputs = scoreOutputs(graph);
  }

  /** Whether anything tells classes. */
  get tells(): boolean {
    return this.#outputs.length > 0;
  }

  rounding(wanted: (layer: string) => boolean): Rounding {
    return roundingOf(eightBitSites(this.#graph, wanted), this.#ranges);
  }

  /** Scores of images; of the network itself where nothing is rounded. */
  scores(batches: Batches, rounding?: Rounding): Promise<Scores> {
    const graph = rounding ? simulated(this.#graph, rounding) : this.#graph;
    const outputs = Object.fromEntries(this.#outputs.map((name) => [name, byName(graph.outputs, name)]));
    return withOpened({ ...graph, outputs }, this.#calibration, async (opened) => {
      const scores: Float32Array[] = [];
      for await (const pixels of batches) scores.push(...rowsOf(await opened.run(pixels), this.#outputs));
      return scores;
    });
  }
}

/** A few batches from everywhere among the images. */
const someOf = async (batched: BatchedGraph, calibration: Calibration): Promise<readonly NdArray[]> => {
  const batches: NdArray[] = [];
  let at = 0;
  for await (const pixels of batchesOf(batched, calibration, FEW))
    if (at++ % EVERY === 0) batches.push(pixels);
  return batches;
};

/** Layers by what each of them alone costs in 8 bits, the dearest first. */
const byCost = async (
  trials: Trials,
  layers: ReadonlySet<string>,
  { batches, tell }: Pick<Calibration, 'tell'> & { readonly batches: readonly NdArray[] },
): Promise<readonly string[]> => {
  const wanted = await trials.scores(batches);
  const costs: (readonly [string, number])[] = [];
  for (const layer of layers) {
    const alone = trials.rounding((name) => name === layer);
    costs.push([layer, errorOf(await trials.scores(batches, alone), wanted)]);
    tell?.(costs.length, layers.size, 'layers tried in 8 bits');
  }
  return costs.sort(([, a], [, b]) => b - a).map(([layer]) => layer);
};

/** What some layers in 8 bits give. */
type Tried = Required<Pick<ChosenRounding, 'rounding' | 'agreement' | 'expected'>>;

const mustBeSome = (scores: Scores, { images }: BatchedGraph): void => {
  if (scores.length > 0) return;
  throw new UnderstoryError(
    'export',
    `There are fewer images to calibrate by than batch=${images ?? 1} takes at once. Take a smaller batch, or more images.`,
  );
};

/**
 * Which layers run in 8 bits, so that the likeliest class stays on a share `least` of the calibration's images: all, or all but the fewest of
 * those that cost most when they alone are rounded. All where nothing tells classes. Errors: `export`, those of the images.
 */
export const chooseRounding = async (
  batched: BatchedGraph,
  ranges: ReadonlyMap<string, ActivationRange>,
  { calibration, least }: { readonly calibration: Calibration; readonly least: number },
): Promise<ChosenRounding> => {
  const trials = new Trials(batched.graph, ranges, calibration);
  const whole = trials.rounding(() => true);
  const layers = whole.layers.size;
  if (!trials.tells) return { rounding: whole, inFloat: [], layers };
  const all = (): AsyncIterable<NdArray> => batchesOf(batched, calibration, MANY);
  const own = await trials.scores(all());
  mustBeSome(own, batched);
  const tried = async (rounding: Rounding): Promise<Tried> => {
    const made = await trials.scores(all(), rounding);
    return { rounding, agreement: agreementOf(made, own), expected: expectedAgreement(made, own) };
  };
  const first = await tried(whole);
  if (first.expected >= least) return { ...first, inFloat: [], layers };

  const batches = await someOf(batched, calibration);
  const dearest = await byCost(trials, whole.layers, { batches, tell: calibration.tell });
  const results = new Map<number, Tried>();
  const without = async (count: number): Promise<Tried> => {
    const kept = new Set(dearest.slice(0, count));
    const made = results.get(count) ?? (await tried(trials.rounding((name) => !kept.has(name))));
    results.set(count, made);
    return made;
  };
  const count = await fewest(layers, async (one) => (await without(one)).expected >= least);
  return { ...(await without(count)), inFloat: dearest.slice(0, count), layers };
};
