import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { CallArgs, Forward, Network } from '../contracts/objective.ts';
import { callAll, LOGITS, outputShapes } from './taskHead.ts';

/** Runs a backbone and what the task puts on it, and names what comes out. */
export const forward = (
  { backbone, head }: Pick<Network, 'backbone' | 'head'>,
  images: Tensor4D,
  call: CallArgs,
): Forward => {
  const features = callAll(backbone.model, [images], call);
  const taps = features.slice(0, backbone.taps.length) as Tensor4D[];
  const [pooled, logits] = features.slice(backbone.taps.length) as [Tensor2D, Tensor?];
  if (!head) return { images, taps, pooled, outputs: logits ? { [LOGITS]: logits } : {} };
  const values = callAll(head.model, [...taps, pooled], call);
  return {
    images,
    taps,
    pooled,
    outputs: Object.fromEntries(head.outputs.map((name, i) => [name, values[i]!])),
  };
};

/** All tensors that a forward pass made, without the images: maps, pooled feature, outputs. */
export const listed = ({ taps, pooled, outputs }: Forward): Tensor[] => [
  ...taps,
  pooled,
  ...Object.values(outputs),
];

/** What `listed` gave of a network's pass, or tensors in its order, by name again. */
export const unlisted = (
  network: Pick<Network, 'backbone' | 'head'>,
  images: Tensor4D,
  all: readonly Tensor[],
): Forward => {
  const taps = network.backbone.taps.length;
  const [pooled, ...outputs] = all.slice(taps);
  const names = Object.keys(outputShapes(network));
  return {
    images,
    taps: all.slice(0, taps) as Tensor4D[],
    pooled: pooled as Tensor2D,
    outputs: Object.fromEntries(names.map((name, i) => [name, outputs[i]!])),
  };
};
