import { minimum, relu, sub, type Scalar } from '@tensorflow/tfjs-core';
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Backbone } from '../contracts/backbone.ts';
import { unknownName } from '../errors.ts';
import { stepsPerEpoch, type Experiment, type Freeze } from '../contracts/experiment.ts';
import type { NamedVariables, TrainingNetwork } from './network.ts';

/** Whether the stages are frozen in an epoch, counted from 0. */
export const isFrozen = ({ from, until = Infinity }: Freeze, epoch: number): boolean =>
  epoch >= from && epoch < until;

/** All layers that a tensor is made by, from the input on, beside those that were found before. */
export const layersBefore = (
  { sourceLayer }: SymbolicTensor,
  found: Set<layers.Layer> = new Set(),
): Set<layers.Layer> => {
  if (found.has(sourceLayer)) return found;
  found.add(sourceLayer);
  for (const { inputTensors } of sourceLayer.inboundNodes)
    for (const x of inputTensors) layersBefore(x, found);
  return found;
};

/** The layers that `upTo` names. Errors: `unknown-name` where the backbone has no such tap. */
export const frozenLayers = (
  { model, taps, name }: Backbone,
  { upTo }: Freeze,
): ReadonlySet<layers.Layer> => {
  if (upTo === 'all') return new Set(model.layers);
  const index = taps.findIndex((tap) => tap.name === upTo);
  const known = [...taps.map((tap) => tap.name), 'all'];
  if (index < 0) throw unknownName('stage', upTo, known, `"freeze" names it, of the backbone "${name}".`);
  return layersBefore(model.outputs[index]!);
};

type Layers = ReadonlySet<layers.Layer>;

const isNorm = (layer: layers.Layer): boolean => layer.getClassName() === 'BatchNormalization';

const namesOf = (layers: Layers): ReadonlySet<string> =>
  new Set([...layers].flatMap((layer) => layer.weights.map((w) => `backbone/${w.originalName}`)));

/** Trained variables without those of these layers. */
export const withoutFrozen = (trained: NamedVariables, frozen: Layers): NamedVariables => {
  const names = namesOf(frozen);
  return Object.fromEntries(Object.entries(trained).filter(([name]) => !names.has(name)));
};

/** What does not learn in an epoch: all of the `frozen` layers; and those whose batch norm is `still`. */
export interface Resting {
  readonly frozen: Layers;
  readonly still: Layers;
}

/** Layers of the same names in averages of the backbone: they are to be the same function. */
const alsoIn = (twins: readonly Backbone[], still: Layers): Layers => {
  const names = new Set([...still].map(({ name }) => name));
  const others = twins.flatMap(({ model }) => model.layers.filter(({ name }) => names.has(name)));
  return new Set([...still, ...others]);
};

/** Layers of the backbone that rest in an epoch; its twins' norms are still with its own. Errors: `unknown-name` where `freeze` names no stage. */
export const restingLayers = (
  { freeze, batchNorm = 'learn' }: Pick<Experiment, 'freeze' | 'batchNorm'>,
  { backbone, twins }: Pick<TrainingNetwork, 'backbone' | 'twins'>,
  epoch: number,
): Resting => {
  const frozen: Layers = freeze && isFrozen(freeze, epoch) ? frozenLayers(backbone, freeze) : new Set();
  const norms = batchNorm === 'learn' ? [] : backbone.model.layers.filter(isNorm);
  return {
    frozen: batchNorm === 'fixed' ? new Set([...frozen, ...norms]) : frozen,
    still: alsoIn(twins, new Set([...(freeze?.batchNorm ? frozen : []), ...norms])),
  };
};

/** Of the updates that were done [], those in which a variable learnt [], by its name. */
export type LearntUpdates = (done: Scalar) => (name: string) => Scalar;

/** Absent where no variable learns again after it was frozen: then each that learns has learnt in all updates. */
export const learntUpdates = (experiment: Experiment, backbone: Backbone): LearntUpdates | undefined => {
  const { freeze, accumulate = 1 } = experiment;
  if (freeze?.until === undefined) return undefined;
  const names = namesOf(frozenLayers(backbone, freeze));
  // Epochs end with an update: see `checkExperiment`.
  const [from, until] = [freeze.from, freeze.until].map((e) => (e * stepsPerEpoch(experiment)) / accumulate);
  return (done) => {
    const without = sub<Scalar>(done, relu(sub(minimum(done, until!), from!)));
    return (name) => (names.has(name) ? without : done);
  };
};

/** Runs with batch norm of these layers in inference mode, whatever the network is called with. */
export const withStillBatchNorm = <T>(still: Layers, run: () => T): T => {
  const norms = [...still].filter(isNorm);
  const calls = norms.map((layer) => layer.call.bind(layer));
  norms.forEach((layer, i) => {
    layer.call = (inputs, args) => calls[i]!(inputs, { ...args, training: false });
  });
  try {
    return run();
  } finally {
    // The method of the class is found again.
    norms.forEach((layer) => Reflect.deleteProperty(layer, 'call'));
  }
};
