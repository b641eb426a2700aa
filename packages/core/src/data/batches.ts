import { float32, int32, type NdArray, type NdArrays } from '../contracts/arrays.ts';
import type { BatchInfo, BuiltObjective } from '../contracts/objective.ts';
import { withPrefix } from '../named.ts';
import { seedOf, type Seed } from '../random.ts';
import type { Experiment, StreamSource } from '../contracts/experiment.ts';
import { imageSize, readStream } from './canvases.ts';
import { checkedTargets } from './checkTargets.ts';
import type { Order } from './orders.ts';
import { drawViewInTurns } from './view.ts';
import { turn } from '../turn.ts';

/** Names of a step's inputs. */
export const inputName = {
  images: (stream: string) => `${stream}/images`,
  target: (stream: string, name: string) => `${stream}/target/${name}`,
  positions: (stream: string) => `${stream}/positions`,
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

export interface BatchRequest {
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly epoch: number;
  readonly rate: number;
  readonly stepsPerEpoch: number;
}

/** Where several steps make one update: how many of them there were, and whether this is the one that updates. */
const groupInputs = (
  { accumulate = 1 }: Experiment,
  { step, steps }: BatchRequest,
): Record<string, NdArray> => {
  if (accumulate === 1) return {};
  const count = (step % accumulate) + 1;
  const apply = count === accumulate || step + 1 === steps;
  return {
    count: float32([count], []),
    apply: { dtype: 'bool', shape: [], data: Uint8Array.of(Number(apply)) },
  };
};

/** What objectives draw for a step; drawing may be long, so each has a turn of the event loop of its own. */
const fedInputs = async (
  objectives: readonly BuiltObjective[],
  info: BatchInfo,
): Promise<Record<string, NdArray>> => {
  const inputs: Record<string, NdArray> = {};
  for (const [i, objective] of objectives.entries()) {
    if (!objective.feed) continue;
    await turn();
    Object.assign(inputs, withPrefix(inputName.objective(i), objective.feed(info)));
  }
  return inputs;
};

/** A stream's part of a step's inputs, and what objectives are told of it. */
const streamInputs = async (
  experiment: Experiment,
  stream: StreamSource,
  chosen: ReturnType<Order['at']>,
) => {
  const { name, samples, labelled } = stream;
  const { classes } = experiment.dataset;
  const { positions, epoch } = chosen;
  const targets = labelled
    ? await checkedTargets(samples, positions, { where: `Targets of the stream "${name}"`, classes })
    : {};
  const images = await readStream(experiment.streams, samples, positions);
  const drawn = await augmentationInputs(stream, chosen, {
    seed: seedOf(experiment.seed).at('augment', name, epoch),
    size: imageSize(images),
  });
  const inputs = {
    [inputName.images(name)]: images,
    ...withPrefix(inputName.target(name, ''), targets),
    [inputName.positions(name)]: int32(positions, [positions.length]),
    ...drawn,
  };
  return { inputs, positions, targets };
};

/** All inputs of a training step: images as they are stored, what is known of them, augmentation parameters, rates and seeds. */
export const assemble = async (
  experiment: Experiment,
  objectives: readonly BuiltObjective[],
  ordered: readonly Order[],
  request: BatchRequest,
): Promise<Record<string, NdArray>> => {
  const { step, epoch, rate } = request;
  const seed = seedOfStep(experiment, step);
  const inputs: Record<string, NdArray> = {
    rate: float32([rate], []),
    step: float32([step], []),
    epoch: float32([step / request.stepsPerEpoch], []),
    seed: int32([seed.value | 0, seed.at('more').value | 0], [2]),
    ...groupInputs(experiment, request),
  };
  const positions: Record<string, Int32Array> = {};
  const targets: Record<string, NdArrays> = {};
  for (const [i, stream] of experiment.streams.entries()) {
    const { inputs: own, ...seen } = await streamInputs(experiment, stream, ordered[i]!.at(step));
    Object.assign(inputs, own);
    positions[stream.name] = seen.positions;
    targets[stream.name] = seen.targets;
  }
  const info: BatchInfo = { step, epoch, positions, targets, seed: seed.at('objective') };
  return Object.assign(inputs, await fedInputs(objectives, info));
};
