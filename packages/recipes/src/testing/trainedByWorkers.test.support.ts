import {
  mapNamed,
  OBJECTIVE,
  prepareTraining,
  type Experiment,
  type Named,
  type NdArray,
  type Registry,
  type Runner,
  type Spec,
  type StepEvent,
  type Transform,
} from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner, freePorts } from '@understory/engine';
import { mul, neg, zerosLike, type Tensor } from '@tensorflow/tfjs-core';
import { BOX_METHODS, METHODS, teacherFor, withBoxes, type Method } from './methods.ts';

/** What a few steps came to. */
export interface Trained {
  readonly events: readonly StepEvent[];
  /** Gradients of each step, by the variables' names. */
  readonly gradients: readonly Named<NdArray>[];
  /** Trained weights before the first step, and after each. */
  readonly before: Named<NdArray>;
  readonly weights: readonly Named<NdArray>[];
  /** All variables after each step. */
  readonly variables: readonly (readonly NdArray[])[];
}

export interface Size {
  readonly steps: number;
  /** Images of a stream's batch, of all workers together; what a method asks for where absent. */
  readonly batch?: number;
  readonly rate: number;
  /** 1 where absent. */
  readonly seed?: number;
  /** Of the training split; 20, or two batches where that is more. */
  readonly images?: number;
}

const GRADIENT = 'gradient/';
/** Where the trainer keeps an optimizer's state. */
const KEPT = `optimizer/${GRADIENT}`;

/** Plain descent that keeps the gradients, to be looked at. */
const keepingGradients: Transform = {
  init: (variables) =>
    Object.fromEntries(Object.entries(variables).map(([name, v]) => [GRADIENT + name, zerosLike(v)])),
  update: (gradients, _, { rate }) => ({
    updates: mapNamed<Tensor, Tensor>(gradients, (g) => mul(g, neg(rate))),
    state: Object.fromEntries(Object.entries(gradients).map(([name, g]) => [GRADIENT + name, g])),
  }),
};

/**
 * Trains so many steps, and lets go of all that it takes. `led`: what another training's variables were after each step; every step then
 * begins from those.
 */
export const trainedBy = async (
  experiment: Experiment,
  runner: Runner,
  steps: number,
  led?: Trained['variables'],
): Promise<Trained> => {
  const training = await prepareTraining({ ...experiment, optimizer: keepingGradients }, { runner });
  const names = Object.keys(training.variables);
  const read = (): Promise<NdArray[]> => runner.read(Object.values(training.variables));
  const kept = names.filter((name) => name.startsWith(KEPT)).map((name) => name.slice(KEPT.length));
  const named = (values: readonly NdArray[], prefix = ''): Named<NdArray> =>
    Object.fromEntries(kept.map((name) => [name, values[names.indexOf(prefix + name)]!]));
  const before = named(await read());
  const events: StepEvent[] = [];
  const variables: NdArray[][] = [];
  for await (const event of training.events()) {
    if (event.type !== 'step') continue;
    events.push(event);
    const after = led?.[variables.length];
    variables.push(await read());
    if (events.length === steps) break;
    if (after) await runner.write(Object.values(training.variables), after);
  }
  training.dispose();
  runner.dispose();
  return {
    ...{ events, before, variables },
    gradients: variables.map((values) => named(values, KEPT)),
    weights: variables.map((values) => named(values)),
  };
};

const places = new Map<number, Promise<readonly string[]>>();

/** Addresses of so many workers, the same for all that this process trains: their servers live as long as it. */
const addressesFor = (size: number): Promise<readonly string[]> => {
  const known = places.get(size) ?? freePorts(size).then((ports) => ports.map((p) => `127.0.0.1:${p}`));
  places.set(size, known);
  return known;
};

/** All workers train in this process, each with a server and a session of its own. */
export const trainedByWorkers = async (
  workers: number,
  experiment: () => Experiment,
  steps: number,
): Promise<readonly Trained[]> => {
  const addresses = await addressesFor(workers);
  const runners = addresses.map((_, rank) => compiledRunner({ cluster: { addresses, rank, patience: 60 } }));
  return Promise.all(runners.map((runner) => trainedBy(experiment(), runner, steps)));
};

/** A way to train, by its name: `times` experiments that are alike, of networks of their own. */
export interface Case {
  readonly name: string;
  readonly make: (registry: Registry, size: Size, times: number) => Promise<() => Experiment>;
}

const imagesFor = ({ batch = 0, images = batch > 20 ? 2 * batch : 20 }: Size) => ({ images });

/** A queue holds a batch of keys, at least. */
const withQueue = (spec: Spec, { batch = 0 }: Size): Spec => {
  const [name, options = {}] = typeof spec === 'string' ? [spec] : spec;
  const { queue } = options as { queue?: number };
  return queue === undefined || queue >= batch ? spec : [name, { ...options, queue: batch }];
};

const methodCase = ([name, specs, given]: Method): Case => ({
  name,
  async make(registry, size, times) {
    const { batch, seed = 1, ...rest } = size;
    const streams = given.map((stream) => (batch === undefined ? stream : { ...stream, batch }));
    const teachers = await Promise.all(Array.from({ length: times }, () => teacherFor(registry)));
    return () => {
      const network = teachers.pop()!;
      const objectives = specs.map((spec) => registry.make(OBJECTIVE, withQueue(spec, size)));
      const options = { streams, teacher: () => network, ...rest, ...imagesFor(size) };
      return { ...tinyExperiment(objectives, options), seed, syncBatchNorm: true };
    };
  },
});

const boxCase = ([objective, task]: (typeof BOX_METHODS)[number]): Case => ({
  name: objective,
  make: (registry, size) => {
    const { batch, seed = 1, ...rest } = size;
    const options = { size: 64, streams: [streamOf({ views: 2, ...(batch && { batch }) })], ...rest };
    return Promise.resolve(() => {
      const made = registry.make(OBJECTIVE, objective);
      return {
        ...withBoxes(registry, tinyExperiment([made], { ...options, ...imagesFor(size) }), task),
        ...{ seed, syncBatchNorm: true },
      };
    });
  },
});

/** Every objective that there is. */
export const CASES: readonly Case[] = [...METHODS.map(methodCase), ...BOX_METHODS.map(boxCase)];
