import {
  add,
  addN,
  clone,
  dispose,
  keep,
  mul,
  scalar,
  tensor1d,
  variableGrads,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { BuiltObjective, CallArgs, CountedRows, Forward, StepContext } from '../contracts/objective.ts';
import type { Runner } from '../contracts/runner.ts';
import { alone, type Workers } from '../contracts/workers.ts';
import { inputName } from '../data/batches.ts';
import { byName, mapNamed, partOf, type Named } from '../named.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { forward, listed } from './forward.ts';
import { cachedGradients } from './gradientCache.ts';
import type { NamedVariables, TrainingNetwork } from './network.ts';
import { stepContext, type StepTargets } from './stepContext.ts';
import { allRows } from './workers/allRows.ts';

export interface Differentiated {
  readonly loss: Scalar;
  readonly terms: Readonly<Record<string, Scalar>>;
  readonly gradients: NamedTensorMap;
  /** What each objective saw. */
  readonly contexts: readonly StepContext[];
  /** What each objective hands over to its `update`; whoever updates frees it. */
  readonly carried: readonly Named<Tensor>[];
  /** What updates may look at again; whoever updates frees it. */
  readonly kept: readonly Tensor[];
}

export interface Given {
  /** The step's inputs. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** All views of all streams, normalised [R, H, W, 3]. */
  readonly images: Tensor4D;
  /** What is known of their rows. */
  readonly targets: StepTargets;
  readonly trained: NamedVariables;
  /** Who else has rows of this batch; nobody where absent. */
  readonly workers?: Workers;
  readonly mayRecompute?: Runner['mayRecompute'];
  /** Whether layers leave their running averages as they are. */
  readonly keepStatistics?: boolean;
}

/** Whether an objective looks at a step again after the weights have changed. */
export const looksBack = ({ objectives }: TrainingNetwork): boolean => objectives.some((o) => o.update);

/** The sum of all weighted terms, for what the network made of the images. */
type LossOf = (seen: Forward) => Scalar;

/** How many rows of a stream count, of all workers, where shares are filled up. */
const countedIn =
  ({ inputs, workers = alone }: Given) =>
  (stream: string): number | undefined => {
    const rows = byName(inputs, inputName.positions(stream)).shape[0] * workers.size;
    const { shape: [count = rows] = [] } = inputs[inputName.counted(stream)] ?? {};
    return count < rows ? count : undefined;
  };

/** Which of a worker's rows count, where shares are filled up: those of the first ranks. */
const countedRows = ({ streams }: Experiment, given: Given): CountedRows | undefined => {
  const { inputs, workers = alone } = given;
  const counted = countedIn(given);
  if (streams.every(({ name }) => counted(name) === undefined)) return undefined;
  const each = streams.map(({ name, views }) => {
    const rows = byName(inputs, inputName.positions(name)).shape[0];
    const all = counted(name) ?? rows * workers.size;
    const own = Array.from({ length: rows }, (_, i) => Number(workers.rank * rows + i < all));
    return { own: views.flatMap(() => own), all: views.length * all };
  });
  return {
    own: tensor1d(
      each.flatMap(({ own }) => own),
      'float32',
    ),
    total: each.reduce((sum, { all }) => sum + all, 0),
  };
};

/** The calls of layers on a worker's own rows, and on those of all. */
const callsOf = (experiment: Experiment, given: Given) => {
  const { syncBatchNorm = false, microBatches = 1 } = experiment;
  const { inputs, workers = alone, keepStatistics = false } = given;
  const seed = inputs['seed'] as Tensor1D;
  const all: CallArgs = { training: true, ...(keepStatistics && { keepStatistics }), seed };
  if (workers.size === 1) return { own: all, all };
  // Each worker draws its own numbers, and each part of its batch: its rows are not those of the first one.
  const place = scalar(workers.rank * microBatches, 'int32');
  const own: CallArgs = { ...all, seed: add<Tensor1D>(all.seed!, place) };
  // The parts of a batch that are normalised by themselves hold other rows than it does.
  const counted = syncBatchNorm && microBatches === 1 ? countedRows(experiment, given) : undefined;
  return { all, own: { ...own, ...(syncBatchNorm && { workers }), ...(counted && { counted }) } };
};

/** What an objective is shown of a step, and what was fed for it; what it does not look at is not gathered. */
const shownTo = (shared: Omit<StepContext, 'fed'>, fed: Named<Tensor>): StepContext =>
  Object.defineProperties({ fed }, Object.getOwnPropertyDescriptors(shared)) as StepContext;

/** Notes what the loss is made of. */
const notes = (experiment: Experiment, network: TrainingNetwork, given: Given) => {
  const { workers = alone } = given;
  const calls = callsOf(experiment, given);
  const contexts: StepContext[] = [];
  const carried: Named<Tensor>[] = [];
  const again: Tensor[] = [];
  const told: Record<string, Scalar> = {};
  // Updates look at what was gathered after the gradient's own tidying.
  const hold = (made: Tensor): void => {
    if (looksBack(network)) again.push(keep(made));
  };
  const contextsOf = (seen: Forward) => {
    const own = stepContext(experiment, given, calls.own, seen);
    const counted = countedIn(given);
    const all = workers.size === 1 ? own : allRows(own, { workers, call: calls.all, hold, counted });
    const filled = own.streams.some(({ name }) => counted(name) !== undefined);
    return ({ rows }: BuiltObjective) => (rows === 'own' && !filled ? own : all);
  };
  const lossOf: LossOf = (seen) => {
    const contextFor = contextsOf(seen);
    if (looksBack(network)) again.push(...listed(seen));
    const parts = network.objectives.flatMap((objective, i) => {
      const context = shownTo(contextFor(objective), partOf(given.inputs, inputName.objective(i)));
      contexts.push(context);
      const { terms, carry = {} } = objective.terms(context);
      carried.push(mapNamed(carry, (t) => keep(clone(t))));
      return Object.entries(terms).map(([name, { value, weight }]) => {
        told[`${network.names[i]!}/${name}`] = keep(value);
        return mul<Scalar>(value, weight);
      });
    });
    return addN<Scalar>(parts);
  };
  /** Kept over the gradient's own tidying, terms become the step's like every other tensor. */
  const terms = (): Record<string, Scalar> => {
    const own = mapNamed(told, (term) => clone(term));
    dispose(told);
    return own;
  };
  return { contexts, carried, kept: again, call: calls.own, lossOf, terms };
};

/** Gradients in one pass over the whole batch. */
const direct = (
  network: TrainingNetwork,
  {
    images,
    trained,
    call,
    lossOf,
    mayRecompute,
  }: Given & { readonly call: CallArgs; readonly lossOf: LossOf },
): { readonly loss: Scalar; readonly gradients: NamedTensorMap } => {
  const { value: loss, grads } = variableGrads(() => {
    const seen = forward(network, images, call);
    // Updates look at these after the gradient's own tidying.
    if (looksBack(network)) listed(seen).forEach((t) => keep(t));
    const loss = lossOf(seen);
    mayRecompute?.(seen, loss);
    return loss;
  }, Object.values(trained));
  const nameOf = new Map(Object.entries(trained).map(([name, v]) => [v.name, name]));
  return {
    loss,
    gradients: Object.fromEntries(Object.entries(grads).map(([name, g]) => [nameOf.get(name)!, g])),
  };
};

/** Runs the network and adds up the objectives' terms, with the gradients of all trained variables. */
export const differentiate = (
  experiment: Experiment,
  network: TrainingNetwork,
  given: Given,
): Differentiated => {
  const { contexts, carried, kept, call, lossOf, terms } = notes(experiment, network, given);
  const { microBatches = 1 } = experiment;
  const { loss, gradients } =
    microBatches > 1
      ? cachedGradients(network, {
          ...given,
          call,
          lossOf,
          blocks: blocksOf(experiment, given),
          microBatches,
        })
      : direct(network, { ...given, call, lossOf });
  return { loss, gradients, contexts, carried, kept, terms: terms() };
};

/** Rows of each stream's views, in the order in which they are stacked. */
const blocksOf = ({ streams }: Experiment, { inputs }: Given): number[] =>
  streams.flatMap(({ name, views }) => views.map(() => byName(inputs, inputName.positions(name)).shape[0]));
