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
import type { Preprocessing } from '../contracts/dataset.ts';
import type { Network } from '../contracts/objective.ts';
import type { Runner, StepFunction } from '../contracts/runner.ts';
import type { Task } from '../contracts/task.ts';
import { inputName } from '../data/batches.ts';
import { imageSize } from '../data/canvases.ts';
import { moveTarget, settleView, showView, spatialTargets } from '../data/view.ts';
import { mapNamed, partOf, type Named } from '../named.ts';
import { alone, type Workers } from '../contracts/workers.ts';
import { meanOverWorkers } from './workers/meanOverWorkers.ts';
import { SPEEDS, STOPPING } from '../data/share.ts';
import { watchStatistics } from './workers/statistics.ts';
import { differentiate, type Differentiated } from './differentiate.ts';
import type { Experiment, StreamSource } from '../contracts/experiment.ts';
import { forward } from './forward.ts';
import { normalizeImages } from '../data/normalizeImages.ts';
import { preprocess } from '../data/preprocess.ts';
import { learntUpdates, restingLayers, withoutFrozen, withStillBatchNorm } from './freeze.ts';
import { networkVariables, type NamedVariables, type TrainingNetwork } from './network.ts';
import { AVERAGE } from './optimizerState.ts';
import type { StepTargets } from './stepContext.ts';
import { buildActivation, toldOutputs } from './taskHead.ts';
import { updateWeights } from './updateWeights.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** What a step sees: all views of all streams, stacked, and what is known of their rows. */
interface Seen {
  /** Normalised [R, H, W, 3]. */
  readonly images: Tensor4D;
  readonly targets: StepTargets;
}

/** All views of a stream's batch, not yet normalised [B, H, W, 3] each, with the targets that moved with them. */
const viewsOf = (inputs: Inputs, { name, views, samples }: StreamSource) => {
  const images = cast(inputs[inputName.images(name)]!, 'float32') as Tensor4D;
  const known = partOf(inputs, inputName.target(name, ''));
  const size = imageSize(images);
  return views.map((view, v) => {
    const drawn = partOf(inputs, inputName.view(name, v));
    const params = settleView(view, drawn, { known: spatialTargets(known, samples.targets), size });
    const targets = mapNamed(known, (target, key) =>
      moveTarget(view, { target, spec: samples.targets[key]!, size }, params),
    );
    return { images: showView(view, images, params), targets };
  });
};

/** What a step makes of its inputs before the network sees it. */
export const seenIn = ({ streams, dataset }: Experiment, inputs: Inputs): Seen => {
  const each = streams.map((stream) => [stream.name, viewsOf(inputs, stream)] as const);
  const views = each.flatMap(([, shown]) => shown.map(({ images }) => images));
  return {
    images: normalizeImages(views.length > 1 ? concat(views) : views[0]!, dataset.normalization),
    targets: Object.fromEntries(each.map(([name, shown]) => [name, shown.map(({ targets }) => targets)])),
  };
};

/** What a step tells and learns, of all workers: means, and whether any of them wants to stop. */
const acrossWorkers = (
  { loss, terms, gradients }: Differentiated,
  inputs: Inputs,
  workers: Workers,
): { readonly gradients: Named<Tensor>; readonly told: Named<Tensor> } => {
  if (workers.size === 1) return { gradients, told: { loss, ...terms } };
  const { [STOPPING]: wants, [SPEEDS]: speeds } = inputs;
  const own = {
    ...{ loss, ...terms },
    ...(wants && { [STOPPING]: wants }),
    ...(speeds && { [SPEEDS]: speeds }),
  };
  return { gradients: meanOverWorkers(gradients, workers), told: meanOverWorkers<Tensor>(own, workers) };
};

export interface TrainingStepOptions extends Pick<Runner, 'mayRecompute'> {
  /** 0 where absent. */
  readonly epoch?: number;
  /** Who else takes a share of each batch; nobody where absent. */
  readonly workers?: Workers;
}

/**
 * One training step as a pure function: uint8 batch → views → forward → loss terms → gradients → new weights.
 * Outputs `loss` (all terms, weighted), `gradientNorm`, and every term by `<objective>/<term>`. Where the experiment
 * freezes stages, it is the step of that epoch and of those like it. Of several workers each is fed its share of the batch;
 * what the step gives, and what it makes of the variables, is the same on all.
 */
export const trainingStep = (
  experiment: Experiment,
  network: TrainingNetwork,
  state: NamedVariables,
  { epoch = 0, workers = alone, mayRecompute }: TrainingStepOptions = {},
): StepFunction => {
  const { frozen, still } = restingLayers(experiment, network, epoch);
  const all = networkVariables(network, true);
  const trained = withoutFrozen(all, frozen);
  const learnt = learntUpdates(experiment, network.backbone);
  return (inputs) => {
    const seen = seenIn(experiment, inputs);
    const given = { inputs, ...seen, trained, workers, ...(mayRecompute && { mayRecompute }) };
    const statistics = workers.size > 1 ? watchStatistics(network) : undefined;
    const own = withStillBatchNorm(still, () => differentiate(experiment, network, given));
    const { contexts, carried, kept } = own;
    const { gradients, told } = acrossWorkers(own, inputs, workers);
    statistics?.average(workers);
    const gradientNorm = sqrt(addN(Object.values(gradients).map((g) => sum(square(g)))));
    updateWeights(experiment, trained, state, { gradients, all, learnt, inputs });
    network.objectives.forEach((o, i) => o.update?.(contexts[i]!, carried[i]!));
    carried.forEach((carry) => dispose(carry));
    dispose([...kept]);
    return { ...told, gradientNorm };
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

/**
 * Inference on stored images: `images` [B, H, W, 3] → the task's outputs and what it makes of them by their names, the
 * `pooled` feature [B, D], and each tap's map averaged over its places, `tap/stage1` [B, c].
 */
export const inferenceStep = (
  network: Pick<Network, 'backbone' | 'head'>,
  { task, ...preprocessing }: { readonly task: Task } & Preprocessing,
): StepFunction => {
  const activation = buildActivation(task, network);
  return ({ images }) => {
    const seen = forward(network, preprocess(images!, preprocessing), { training: false });
    const { taps, pooled } = seen;
    const outputs = toldOutputs(seen.outputs, network);
    const perTap = taps.map((t, i) => [`tap/${network.backbone.taps[i]!.name}`, mean(t, [1, 2])] as const);
    return { ...outputs, ...activation.run(outputs), pooled, ...Object.fromEntries(perTap) };
  };
};
