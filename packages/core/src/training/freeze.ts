import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Backbone } from '../contracts/backbone.ts';
import { unknownName } from '../errors.ts';
import type { Freeze } from '../contracts/experiment.ts';
import type { NamedVariables } from './network.ts';

/** Whether the stages are frozen in an epoch, counted from 0. */
export const isFrozen = ({ from, until = Infinity }: Freeze, epoch: number): boolean =>
  epoch >= from && epoch < until;

/** All layers that a tensor is made by, from the input on. */
const layersBefore = ({ sourceLayer }: SymbolicTensor, found: Set<layers.Layer>): Set<layers.Layer> => {
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
  return layersBefore(model.outputs[index]!, new Set());
};

/** Trained variables without those of frozen layers. */
export const withoutFrozen = (trained: NamedVariables, frozen: ReadonlySet<layers.Layer>): NamedVariables => {
  const names = new Set(
    [...frozen].flatMap((layer) => layer.weights.map((w) => `backbone/${w.originalName}`)),
  );
  return Object.fromEntries(Object.entries(trained).filter(([name]) => !names.has(name)));
};

/** Runs with batch norm of these layers in inference mode, whatever the network is called with. */
export const withStillBatchNorm = <T>(frozen: ReadonlySet<layers.Layer>, run: () => T): T => {
  const norms = [...frozen].filter((layer) => layer.getClassName() === 'BatchNormalization');
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
