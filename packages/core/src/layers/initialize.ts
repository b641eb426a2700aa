import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { Rng, Seed } from '../random.ts';

type Draw = (rng: Rng) => number;

const normal =
  (std: number): Draw =>
  (rng) =>
    std * rng.normal();
const uniform =
  (bound: number): Draw =>
  (rng) =>
    bound * (2 * rng.uniform() - 1);

/** Rows of a dense layer's kernel: how many numbers each output adds up. */
const fanIn = (weights: readonly Variable[]): number => weights.find((w) => w.rank === 2)?.shape[0] ?? 1;

/**
 * How a weight is drawn, by its name in its layer: convolutions normal with std sqrt(2 / fan-out), where the fan-out is
 * output channels · k · k also for grouped and depthwise ones; dense layers uniform in ±1/sqrt(fan-in), kernel and bias.
 * Undefined: the weight keeps the constant that its layer gave it (batch norm, a convolution's bias).
 */
const drawOf = (name: string, weight: Variable, siblings: readonly Variable[]): Draw | undefined => {
  const [h, w, c, last] = weight.shape as [number, number, number, number];
  if (name === 'depthwise_kernel') return normal(Math.sqrt(2 / (h * w * c * last)));
  if (name === 'kernel' && weight.rank === 4) return normal(Math.sqrt(2 / (h * w * last)));
  const dense = siblings.some((s) => s.rank === 2);
  return dense && (name === 'kernel' || name === 'bias') ? uniform(1 / Math.sqrt(fanIn(siblings))) : undefined;
};

const redraw = (variable: Variable, rng: Rng, draw: Draw): void => {
  const values = Float32Array.from({ length: variable.size }, () => draw(rng));
  tidy(() => variable.assign(tensor(values, variable.shape)));
};

/**
 * Draws fresh weights for a model of tfjs's standard layers, by the rule of He et al.'s ResNets in PyTorch; each weight
 * from a stream of its own, named by its layer's place, so that the same seed gives the same weights.
 */
export const initialize = (model: LayersModel, seed: Seed): void => {
  for (const [place, layer] of model.layers.entries()) {
    const variables = layer.weights.map((w) => w.read() as Variable);
    for (const [i, weight] of layer.weights.entries()) {
      const name = weight.originalName.split('/').at(-1)!;
      const draw = drawOf(name, variables[i]!, variables);
      if (draw) redraw(variables[i]!, seed.at(place, name).rng(), draw);
    }
  }
};
