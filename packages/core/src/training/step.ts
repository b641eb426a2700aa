import {
  addN,
  cast,
  concat,
  dispose,
  mean,
  sqrt,
  square,
  sum,
  tidy,
  clone,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Normalization } from '../contracts/dataset.ts';
import type { Network } from '../contracts/objective.ts';
import type { StepFunction } from '../contracts/runner.ts';
import { inputName } from '../data/batches.ts';
import { differentiate, looksBack } from './differentiate.ts';
import type { Experiment, StreamSource } from './experiment.ts';
import { forward, normalizeImages } from './forward.ts';
import { networkVariables, type NamedVariables, type TrainingNetwork } from './network.ts';
import { AVERAGE, partOf } from './optimizerState.ts';
import { updateWeights } from './updateWeights.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** All views of a stream's batch, not yet normalised: [B, H, W, 3] each. */
const viewsOf = (inputs: Inputs, { name, views }: StreamSource): Tensor4D[] => {
  const images = cast(inputs[inputName.images(name)]!, 'float32') as Tensor4D;
  return views.map((view, v) =>
    view.reduce(
      (x, augmentation, a) => augmentation.apply(x, partOf(inputs, inputName.augmentation(name, v, a))),
      images,
    ),
  );
};

/** All views of all streams, stacked and normalised [R, H, W, 3]. */
const stackedImages = ({ streams, dataset }: Experiment, inputs: Inputs): Tensor4D => {
  const views = streams.flatMap((stream) => viewsOf(inputs, stream));
  return normalizeImages(views.length > 1 ? concat(views) : views[0]!, dataset.normalization);
};

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
    const images = stackedImages(experiment, inputs);
    const { loss, terms, gradients, contexts } = differentiate(experiment, network, {
      inputs,
      images,
      trained,
    });
    const gradientNorm = sqrt(addN(Object.values(gradients).map((g) => sum(square(g)))));
    updateWeights(experiment, trained, state, { gradients, inputs });
    network.objectives.forEach((o, i) => o.update?.(contexts[i]!));
    if (looksBack(network)) {
      const { pooled, logits, taps } = contexts[0]!;
      dispose([pooled, logits, ...taps]);
    }
    return { loss, gradientNorm, ...terms };
  };
};

/** Computes while trained weights have the values of their moving average; afterwards they have their own again. */
export const withAverage = <T extends Record<string, Tensor>>(
  network: Network,
  state: NamedVariables,
  compute: () => T,
): T => {
  const weights = networkVariables(network, true);
  const averages = Object.entries(partOf(state, AVERAGE));
  if (averages.length === 0) return compute();
  return tidy(() => {
    // A clone shares its memory with the variable until that is assigned.
    const own = averages.map(([name]) => [weights[name]!, clone(weights[name] as Tensor)] as const);
    for (const [name, average] of averages) weights[name]!.assign(average);
    const result = compute();
    for (const [weight, value] of own) weight.assign(value);
    return result;
  });
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
