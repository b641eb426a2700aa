import { reshape, tensor, tidy, transpose, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';

/** Number `i` of the deterministic stream `s`, in [−1, 1): the same 32-bit hash as in `testdata/reference.py`. */
const at = (i: number, s: number): number => {
  let x = (i + s * 1000003) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
};

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A tensor filled from stream `s` in row-major order of `shape`. */
export const stream = (shape: readonly number[], s: number, scale = 1): Tensor =>
  tensor(
    Float32Array.from({ length: product(shape) }, (_, i) => scale * at(i, s)),
    shape as number[],
  );

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

const fill = (layer: layers.Layer): void => {
  for (const weight of layer.weights) {
    const role = weight.originalName.split('/').at(-1)!;
    if (!role.endsWith('kernel')) continue;
    const shape = weight.shape as number[];
    const groups = 'groups' in layer ? Number(layer.groups) : shape[2]!;
    const value = tidy(() => kernel(role, shape, groups));
    weight.write(value);
    value.dispose();
  }
};

/** Fills a model as handbook fingerprints want it: kernels from the stream, everything else as a fresh model has it. */
export const fillDeterministically = (model: LayersModel): void => {
  for (const layer of model.layers) fill(layer);
};
