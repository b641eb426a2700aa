import { add, reshape, tensor, tidy, transpose, zeros, type Tensor } from '@tensorflow/tfjs-core';
import { streamValues } from '@understory/core/testing';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** `length` numbers of stream `s`. */
export const numbers = (length: number, s: number): Float32Array => streamValues([length], s);

// Every kernel begins with the same numbers: the longest so far serves all others.
let kernelNumbers = new Float32Array(0);
const kernelStream = (length: number): Float32Array => {
  if (kernelNumbers.length < length) kernelNumbers = streamValues([length], 0);
  return kernelNumbers.subarray(0, length);
};

/** A tensor filled from stream `s` in row-major order of `shape`. */
export const stream = (shape: readonly number[], s: number, scale = 1): Tensor => {
  const raw = s === 0 ? kernelStream(product(shape)) : numbers(product(shape), s);
  return tensor(scale === 1 && s > 0 ? raw : raw.map((v) => scale * v), shape as number[]);
};

/** Images [N, S, S, 3] of stream 1, drawn in PyTorch's order [N, 3, S, S]. */
export const streamImages = (count: number, side: number): Tensor =>
  tidy(() => transpose(stream([count, 3, side, side], 1), [0, 2, 3, 1]));

/** A weight as PyTorch lays it out, √(3 / fan-in) times stream 0, turned into the layout of `shape`. */
const kernel = (role: string, shape: readonly number[], groups: number): Tensor => {
  const [h, w, inputs, outputs] = shape as [number, number, number, number];
  const draw = (torch: readonly number[]): Tensor => stream(torch, 0, Math.sqrt(3 / product(torch.slice(1))));
  if (shape.length === 2) return transpose(draw([w, h]), [1, 0]);
  if (role === 'kernel') return transpose(draw([outputs, inputs, h, w]), [2, 3, 1, 0]);
  const perGroup = inputs / groups;
  const torch = reshape(draw([groups * outputs, perGroup, h, w]), [groups, outputs, perGroup, h, w]);
  return reshape(transpose(torch, [3, 4, 0, 2, 1]), [h, w, inputs, outputs]);
};

/** By the last part of a weight's name: what it is around, the stream, and its share. */
const VARIED: Readonly<Record<string, readonly [around: number, s: number, scale: number]>> = {
  gamma: [1, 1, 0.25],
  beta: [0, 2, 0.25],
  moving_mean: [0, 3, 0.25],
  moving_variance: [1, 4, 0.5],
  bias: [0, 5, 0.25],
};

const valueOf = (layer: layers.Layer, name: string, shape: readonly number[], varied: boolean): Tensor => {
  const role = name.split('/').at(-1)!;
  if (role.endsWith('kernel'))
    return kernel(role, shape, 'groups' in layer ? Number(layer.groups) : shape[2]!);
  const [around, s, scale] = VARIED[role]!;
  return add(varied ? stream(shape, s, scale) : zeros(shape as number[]), around);
};

const leaves = (model: LayersModel): layers.Layer[] =>
  model.layers.flatMap((l) => ('layers' in l && !('groups' in l) ? leaves(l as LayersModel) : [l]));

/**
 * Fills a model's kernels from the stream, all of unit gain. Everything else is as fingerprints want it, norms the
 * identity and biases 0; or `varied` from channel to channel.
 */
export const fillDeterministically = (model: LayersModel, varied = false): void => {
  for (const layer of leaves(model)) {
    for (const weight of layer.weights) {
      const value = tidy(() => valueOf(layer, weight.originalName, weight.shape as number[], varied));
      weight.write(value);
      value.dispose();
    }
  }
};
