import { float32, int32, type NdArray, type NdArrays } from '../contracts/arrays.ts';
import type { BatchInfo, BuiltObjective } from '../contracts/objective.ts';
import { alone, type Workers } from '../contracts/workers.ts';
import { withPrefix } from '../named.ts';
import { seedOf, type Seed } from '../random.ts';
import type { Experiment, StreamSource } from '../contracts/experiment.ts';
import { imageSize, readStream } from './canvases.ts';
import { checkedTargets } from './checkTargets.ts';
import type { Order } from './orders.ts';
import { drawViewInTurns } from './view.ts';
import { isFilled, shareOf, type Share } from './share.ts';
import { turn } from '../turn.ts';

/** Names of a step's inputs. */
export const inputName = {
  images: (stream: string) => `${stream}/images`,
  target: (stream: string, name: string) => `${stream}/target/${name}`,
  positions: (stream: string) => `${stream}/positions`,
  /** Positions of the rows that count, of all workers; absent where one trains. */
  counted: (stream: string) => `${stream}/counted`,
  view: (stream: string, view: number) => `${stream}/view${view}/`,
  objective: (index: number) => `objective${index}/`,
};

/** Parameters of a stream's augmentations; every image and view draws from a stream of its own, each time that it is shown. */
const augmentationInputs = async (
  { name, views }: StreamSource,
  { positions, repeats }: ReturnType<Order['at']>,
  { seed, size }: { readonly seed: Seed; readonly size: readonly [number, number] },
): Promise<Record<string, NdArray>> => {
  const inputs: Record<string, NdArray> = {};
  for (const [v, view] of views.entries()) {
    const streams = Array.from(positions, (position, i) => {
      const times = repeats?.[i] ?? 0;
      return (times === 0 ? seed.at(position, v) : seed.at(position, v, 'again', times)).rng();
    });
    const drawn = await drawViewInTurns(view, streams, size);
    Object.assign(inputs, withPrefix(inputName.view(name, v), drawn));
  }
  return inputs;
};

const seedOfStep = (experiment: Experiment, step: number): Seed => seedOf(experiment.seed).at('step', step);

/** Where groups of steps that make one update begin: a step, and the updates that were done before it. */
export interface Groups {
  readonly step: number;
  readonly updates: number;
}

export const FIRST_GROUP: Groups = { step: 0, updates: 0 };

export interface BatchRequest {
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly epoch: number;
  readonly rate: number;
  readonly stepsPerEpoch: number;
  /** Where groups of accumulated steps begin; with the run where absent. */
  readonly groups?: Groups | undefined;
  /** Whose share of the batch it is; all of it where absent. */
  readonly workers?: Workers;
}

/**
 * Where several steps make one update: how many of them there were, whether this is the one that updates, and how many
 * updates there were before.
 */
const groupInputs = (
  { accumulate = 1 }: Experiment,
  { step, steps, groups: { step: first, updates } = FIRST_GROUP }: BatchRequest,
): Record<string, NdArray> => {
  if (accumulate === 1) return {};
  const count = ((step - first) % accumulate) + 1;
  const apply = count === accumulate || step + 1 === steps;
  return {
    count: float32([count], []),
    updates: float32([updates + Math.floor((step - first) / accumulate)], []),
    apply: { dtype: 'bool', shape: [], data: Uint8Array.of(Number(apply)) },
  };
};

/** What objectives draw for a step; drawing may be long, so each has a turn of the event loop of its own. */
const fedInputs = async (
  objectives: readonly BuiltObjective[],
  infoFor: (objective: BuiltObjective) => BatchInfo,
): Promise<Record<string, NdArray>> => {
  const inputs: Record<string, NdArray> = {};
  for (const [i, objective] of objectives.entries()) {
    if (!objective.feed) continue;
    await turn();
    const fed = objective.feed(infoFor(objective));
    Object.assign(inputs, withPrefix(inputName.objective(i), fed));
  }
  return inputs;
};

const targetsOf = (
  { dataset: { classes } }: Experiment,
  { name, samples, labelled }: StreamSource,
  positions: Int32Array,
): Promise<NdArrays> =>
  labelled
    ? checkedTargets(samples, positions, { where: `Targets of the stream "${name}"`, classes })
    : Promise.resolve({});

/** What a stream shows at a step: this worker's share, and the positions of all. */
interface Shown extends Share {
  readonly epoch: number;
  readonly filled: boolean;
  /** Whether others have rows of it too. */
  readonly isShared: boolean;
  readonly repeats?: Int32Array;
}

const shownAt = ({ positions, epoch, repeats }: ReturnType<Order['at']>, workers: Workers): Shown => {
  const share = shareOf(positions, workers);
  return {
    ...share,
    ...{ epoch, filled: isFilled(share, workers), isShared: workers.size > 1 },
    ...(repeats && { repeats: shareOf(repeats, workers).own }),
  };
};

/** A stream's part of a step's inputs, and what is known of its rows. */
const streamInputs = async (
  experiment: Experiment,
  stream: StreamSource,
  { own: positions, all, epoch, isShared, repeats }: Shown,
): Promise<{ readonly inputs: Record<string, NdArray>; readonly targets: NdArrays }> => {
  const { name, samples } = stream;
  const targets = await targetsOf(experiment, stream, positions);
  const images = await readStream(experiment.streams, samples, positions, all);
  const chosen = { positions, epoch, ...(repeats && { repeats }) };
  const drawn = await augmentationInputs(stream, chosen, {
    seed: seedOf(experiment.seed).at('augment', name, epoch),
    size: imageSize(images),
  });
  const inputs = {
    [inputName.images(name)]: images,
    ...withPrefix(inputName.target(name, ''), targets),
    [inputName.positions(name)]: int32(positions, [positions.length]),
    ...(isShared && { [inputName.counted(name)]: int32(all, [all.length]) }),
    ...drawn,
  };
  return { inputs, targets };
};

/** What an objective that is shown the rows of all workers is told. */
const infoOfAll = async (
  { streams, ...experiment }: Experiment,
  shown: readonly Shown[],
  own: BatchInfo,
): Promise<BatchInfo> => {
  if (shown.every(({ own: some, all }) => some === all)) return own;
  const targets: Record<string, NdArrays> = {};
  for (const [i, stream] of streams.entries())
    targets[stream.name] = await targetsOf({ ...experiment, streams }, stream, shown[i]!.all);
  const positions = Object.fromEntries(streams.map(({ name }, i) => [name, shown[i]!.all]));
  return { ...own, positions, targets };
};

/**
 * All inputs of a training step: images as they are stored, what is known of them, augmentation parameters, rates and seeds. Of
 * several workers, those of its share of the batch.
 */
export const assemble = async (
  experiment: Experiment,
  objectives: readonly BuiltObjective[],
  ordered: readonly Order[],
  request: BatchRequest,
): Promise<Record<string, NdArray>> => {
  const { step, epoch, rate, workers = alone } = request;
  const seed = seedOfStep(experiment, step);
  const inputs: Record<string, NdArray> = {
    rate: float32([rate], []),
    step: float32([step], []),
    epoch: float32([step / request.stepsPerEpoch], []),
    seed: int32([seed.value | 0, seed.at('more').value | 0], [2]),
    ...groupInputs(experiment, request),
  };
  const shown = ordered.map((order) => shownAt(order.at(step), workers));
  const targets: Record<string, NdArrays> = {};
  for (const [i, stream] of experiment.streams.entries()) {
    const made = await streamInputs(experiment, stream, shown[i]!);
    Object.assign(inputs, made.inputs);
    targets[stream.name] = made.targets;
  }
  const positions = Object.fromEntries(experiment.streams.map(({ name }, i) => [name, shown[i]!.own]));
  const own: BatchInfo = { step, epoch, positions, targets, seed: seed.at('objective') };
  const filled = shown.some((stream) => stream.filled);
  const seesAll = ({ rows }: BuiltObjective): boolean => rows !== 'own' || filled;
  // Reading the targets of all is spared where no objective is told of them.
  const isTold = objectives.some((objective) => objective.feed && seesAll(objective));
  const all = isTold ? await infoOfAll(experiment, shown, own) : own;
  return Object.assign(inputs, await fedInputs(objectives, (objective) => (seesAll(objective) ? all : own)));
};
