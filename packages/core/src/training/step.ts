import {
  add,
  addN,
  cast,
  clone,
  concat,
  dispose,
  keep,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  tensor1d,
  variable,
  variableGrads,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Normalization } from '../contracts/dataset.ts';
import type { CallArgs, Forward, Network, StepContext } from '../contracts/objective.ts';
import type { StepFunction } from '../contracts/runner.ts';
import { inputName } from './batches.ts';
import type { Experiment, StreamSource } from './experiment.ts';
import { networkVariables, type NamedVariables, type TrainingNetwork } from './network.ts';
import { stepContext } from './stepContext.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** Pixels 0…255 [B, H, W, 3] → network input of the same shape. */
export const normalizeImages = (images: Tensor, normalization: Normalization): Tensor4D => {
  const centre = tensor1d(normalization.mean.map((m) => m * 255));
  const scale = tensor1d(normalization.std.map((s) => 1 / (s * 255)));
  return mul(sub(cast(images, 'float32'), centre), scale);
};

/** Runs a backbone and names what comes out. */
export const forward = (
  { backbone }: Pick<Network, 'backbone'>,
  images: Tensor4D,
  call: CallArgs,
): Forward => {
  const outputs = backbone.model.apply(images, { ...call }) as Tensor[];
  const taps = outputs.slice(0, backbone.taps.length) as Tensor4D[];
  const [pooled, logits] = outputs.slice(backbone.taps.length) as [Tensor2D, Tensor2D];
  return { images, taps, pooled, logits };
};

/** A prefix's entries, without the prefix. */
const under = (inputs: Inputs, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );

/** All views of a stream's batch, stacked: [V·B, H, W, 3], not yet normalised. */
const viewsOf = (inputs: Inputs, { name, views }: StreamSource): Tensor4D[] => {
  const images = cast(inputs[inputName.images(name)]!, 'float32') as Tensor4D;
  return views.map((view, v) =>
    view.reduce(
      (x, augmentation, a) => augmentation.apply(x, under(inputs, inputName.augmentation(name, v, a))),
      images,
    ),
  );
};

/** What the optimizer keeps between steps, as variables of the run. */
export const optimizerState = (experiment: Experiment, network: Network): NamedVariables => {
  const state = experiment.optimizer.init(networkVariables(network, true));
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => {
      const kept = variable(value, false);
      value.dispose();
      return [name, kept];
    }),
  );
};

const optimize = (
  experiment: Experiment,
  trained: NamedVariables,
  state: NamedVariables,
  { gradients, inputs }: { readonly gradients: NamedTensorMap; readonly inputs: Inputs },
): void => {
  const next = experiment.optimizer.update(gradients, state, {
    variables: trained,
    rate: inputs['rate'] as Scalar,
    step: inputs['step'] as Scalar,
  });
  for (const [name, update] of Object.entries(next.updates))
    trained[name]!.assign(add(trained[name]!, update));
  for (const [name, value] of Object.entries(next.state))
    if (value !== state[name]) state[name]!.assign(value);
};

interface Differentiated {
  readonly loss: Scalar;
  readonly terms: Readonly<Record<string, Scalar>>;
  readonly gradients: NamedTensorMap;
  /** What each objective saw. */
  readonly contexts: readonly StepContext[];
}

/** Runs the network and adds up the objectives' terms, with the gradients of all trained variables. */
const differentiate = (
  experiment: Experiment,
  network: TrainingNetwork,
  { inputs, trained }: { readonly inputs: Inputs; readonly trained: NamedVariables },
): Differentiated => {
  const views = experiment.streams.flatMap((stream) => viewsOf(inputs, stream));
  const pixels = views.length > 1 ? concat(views) : views[0]!;
  const images = normalizeImages(pixels, experiment.dataset.normalization);
  const call: CallArgs = { training: true, seed: inputs['seed'] as Tensor1D };
  const contexts: StepContext[] = [];
  const kept: Record<string, Scalar> = {};
  const { value: loss, grads } = variableGrads(() => {
    const seen = forward(network, images, call);
    // Updates look at these after the gradient's own tidying.
    if (updates(network)) [seen.pooled, seen.logits, ...seen.taps].forEach((t) => keep(t));
    const shared = stepContext(experiment, inputs, call, seen);
    const parts = network.objectives.flatMap((objective, i) => {
      const context = { ...shared, fed: under(inputs, inputName.objective(i)) };
      contexts.push(context);
      return Object.entries(objective.terms(context)).map(([name, { value, weight }]) => {
        kept[`${network.names[i]!}/${name}`] = keep(value);
        return mul<Scalar>(value, weight);
      });
    });
    return addN<Scalar>(parts);
  }, Object.values(trained));
  // Kept over that tidying too, terms become the step's like every other tensor.
  const terms = Object.fromEntries(Object.entries(kept).map(([name, term]) => [name, clone(term)]));
  dispose(kept);
  const nameOf = new Map(Object.entries(trained).map(([name, v]) => [v.name, name]));
  const gradients = Object.fromEntries(Object.entries(grads).map(([name, g]) => [nameOf.get(name)!, g]));
  return { loss, terms, gradients, contexts };
};

const updates = ({ objectives }: TrainingNetwork): boolean => objectives.some((o) => o.update);

/**
 * One training step as a pure function: uint8 batch → views → forward → loss terms → gradients → new weights.
 * Outputs `loss` (all terms, weighted), `gradientNorm`, and every term by `<objective>/<term>`.
 */
export const trainingStep = (
  experiment: Experiment,
  network: TrainingNetwork,
  state: NamedVariables,
): StepFunction => {
  const trained = networkVariables(network, true);
  return (inputs) => {
    const { loss, terms, gradients, contexts } = differentiate(experiment, network, { inputs, trained });
    const gradientNorm = sqrt(addN(Object.values(gradients).map((g) => sum(square(g)))));
    optimize(experiment, trained, state, { gradients, inputs });
    network.objectives.forEach((o, i) => o.update?.(contexts[i]!));
    if (updates(network)) {
      const { pooled, logits, taps } = contexts[0]!;
      dispose([pooled, logits, ...taps]);
    }
    return { loss, gradientNorm, ...terms };
  };
};

/** Inference on stored images: `images` [B, H, W, 3] → logits, class probabilities, and pooled taps [B, c]. */
export const inferenceStep =
  ({ backbone }: Pick<Network, 'backbone'>, normalization: Normalization): StepFunction =>
  ({ images }) => {
    const { logits, taps, pooled } = forward({ backbone }, normalizeImages(images!, normalization), {
      training: false,
    });
    const perTap = taps.map((t, i) => [`tap/${backbone.taps[i]!.name}`, mean(t, [1, 2])] as const);
    return { logits, pooled, ...Object.fromEntries(perTap) };
  };
