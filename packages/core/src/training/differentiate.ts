import {
  addN,
  clone,
  dispose,
  keep,
  mul,
  variableGrads,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { CallArgs, Forward, StepContext } from '../contracts/objective.ts';
import { inputName } from '../data/batches.ts';
import { mapNamed, partOf, type Named } from '../named.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { forward, listed } from './forward.ts';
import { cachedGradients } from './gradientCache.ts';
import type { NamedVariables, TrainingNetwork } from './network.ts';
import { stepContext, type StepTargets } from './stepContext.ts';

export interface Differentiated {
  readonly loss: Scalar;
  readonly terms: Readonly<Record<string, Scalar>>;
  readonly gradients: NamedTensorMap;
  /** What each objective saw. */
  readonly contexts: readonly StepContext[];
  /** What each objective hands over to its `update`; whoever updates frees it. */
  readonly carried: readonly Named<Tensor>[];
}

export interface Given {
  /** The step's inputs. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** All views of all streams, normalised [R, H, W, 3]. */
  readonly images: Tensor4D;
  /** What is known of their rows. */
  readonly targets: StepTargets;
  readonly trained: NamedVariables;
}

/** Whether an objective looks at a step again after the weights have changed. */
export const looksBack = ({ objectives }: TrainingNetwork): boolean => objectives.some((o) => o.update);

/** The sum of all weighted terms, for what the network made of the images. */
type LossOf = (seen: Forward) => Scalar;

/** Notes what the loss is made of. */
const notes = (
  experiment: Experiment,
  network: TrainingNetwork,
  given: Pick<Given, 'inputs' | 'targets'>,
  call: CallArgs,
) => {
  const contexts: StepContext[] = [];
  const carried: Named<Tensor>[] = [];
  const kept: Record<string, Scalar> = {};
  const lossOf: LossOf = (seen) => {
    const shared = stepContext(experiment, given, call, seen);
    const parts = network.objectives.flatMap((objective, i) => {
      const context = { ...shared, fed: partOf(given.inputs, inputName.objective(i)) };
      contexts.push(context);
      const { terms, carry = {} } = objective.terms(context);
      carried.push(mapNamed(carry, (t) => keep(clone(t))));
      return Object.entries(terms).map(([name, { value, weight }]) => {
        kept[`${network.names[i]!}/${name}`] = keep(value);
        return mul<Scalar>(value, weight);
      });
    });
    return addN<Scalar>(parts);
  };
  /** Kept over the gradient's own tidying, terms become the step's like every other tensor. */
  const terms = (): Record<string, Scalar> => {
    const own = mapNamed(kept, (term) => clone(term));
    dispose(kept);
    return own;
  };
  return { contexts, carried, lossOf, terms };
};

/** Gradients in one pass over the whole batch. */
const direct = (
  network: TrainingNetwork,
  { images, trained, call, lossOf }: Given & { readonly call: CallArgs; readonly lossOf: LossOf },
): { readonly loss: Scalar; readonly gradients: NamedTensorMap } => {
  const { value: loss, grads } = variableGrads(() => {
    const seen = forward(network, images, call);
    // Updates look at these after the gradient's own tidying.
    if (looksBack(network)) listed(seen).forEach((t) => keep(t));
    return lossOf(seen);
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
  const call: CallArgs = { training: true, seed: given.inputs['seed'] as Tensor1D };
  const { contexts, carried, lossOf, terms } = notes(experiment, network, given, call);
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
  return { loss, gradients, contexts, carried, terms: terms() };
};

/** Rows of each stream's views, in the order in which they are stacked. */
const blocksOf = ({ streams }: Experiment, { inputs }: Given): number[] =>
  streams.flatMap(({ name, views }) => views.map(() => inputs[inputName.positions(name)]!.shape[0]));
