import {
  concat,
  conv2d,
  mul,
  reshape,
  split,
  tensor3d,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { input, layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect } from '../parts/connect.ts';
import { composite } from './composite.ts';

export interface GroupedConvConfig {
  readonly name: string;
  readonly filters: number;
  /** Side of the kernel in pixels. */
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
  readonly groups: number;
}

const WIDEST = 64;

/** Groups that one convolution handles together: the largest divisor of `groups` that keeps it within 64 inputs. */
const together = (groups: number, perGroup: number): number => {
  for (let n = Math.max(1, Math.min(groups, Math.floor(WIDEST / perGroup))); ; n--)
    if (groups % n === 0) return n;
};

/** [I, n, 1]: 1 where input channel i belongs to the group (modulo n) of the column, else 0. */
const membership = (inputs: number, perGroup: number, n: number): Tensor =>
  tensor3d(
    Float32Array.from({ length: inputs * n }, (_, k) => (Math.floor(k / n / perGroup) % n === k % n ? 1 : 0)),
    [inputs, n, 1],
  );

/** tfjs has no gradient for a split into one. */
const pieces = (x: Tensor, count: number, axis: number): Tensor4D[] =>
  (count === 1 ? [x] : split(x, count, axis)) as Tensor4D[];

const forward =
  ({ groups, stride, padding }: GroupedConvConfig) =>
  (x: Tensor, [kernel]: readonly Tensor[]): Tensor => {
    const [h, w, channels, multiplier] = (kernel as Tensor4D).shape;
    const n = together(groups, channels / groups);
    const mask = membership(channels, channels / groups, n);
    const wide = mul(reshape(kernel!, [h * w, channels, 1, multiplier]), mask); // [k², I, n, O/G]
    const kernels = pieces(reshape(wide, [h, w, channels, n * multiplier]), groups / n, 2);
    const parts = pieces(x, groups / n, 3).map((part, i) => conv2d(part, kernels[i]!, stride, padding));
    return parts.length === 1 ? parts[0]! : concat(parts, 3);
  };

/** Depthwise with multiplier O/G, mean over each group's inputs, times their number. */
const standardForm = (config: GroupedConvConfig, x: SymbolicTensor): SymbolicTensor => {
  const { name, filters, kernel, stride, padding, groups } = config;
  const perGroup = x.shape[3]! / groups;
  const depthwise = layers.depthwiseConv2d({
    name,
    kernelSize: kernel,
    strides: stride,
    padding,
    depthMultiplier: filters / groups,
    useBias: false,
    depthwiseInitializer: 'zeros',
  });
  const each = connect(depthwise, x); // [h, w, I · O/G]
  const [, h, w] = each.shape as [null, number, number];
  const rows = [h * w * groups, perGroup, filters / groups];
  const grouped = connect(layers.reshape({ name: `${name}/groups`, targetShape: rows }), each);
  const window: [number, number] = [1, perGroup];
  const mean = connect(
    layers.averagePooling2d({ name: `${name}/mean`, poolSize: window, strides: window }),
    grouped,
  );
  const merged = connect(layers.reshape({ name: `${name}/merge`, targetShape: [h, w, filters] }), mean);
  return connect(layers.rescaling({ name: `${name}/sum`, scale: perGroup }), merged);
};

/** Shape after the convolution, for maps of any height and width. */
const shapeAfter =
  ({ filters, kernel, stride, padding }: GroupedConvConfig) =>
  ([images = null, height, width]: (number | null)[]): (number | null)[] => {
    const after = (side = 0): number => Math.ceil((padding === 'same' ? side : side - kernel + 1) / stride);
    return [images, after(height ?? 0), after(width ?? 0), filters];
  };

/**
 * Grouped convolution [B, H, W, I] → [B, h, w, O]: output block g sees input block g alone. tfjs has none, and
 * TensorFlow has no gradient for its own on a CPU, so neighbouring groups are computed together, up to 64 channels wide,
 * with a kernel that is zero off its diagonal blocks. That is exact; for ResNeXt-50's layers a step with one full kernel
 * takes 2 to 29 times as long, and one convolution a group has too few channels to fill a vector register.
 *
 * Its weight `depthwise_kernel` [k, k, I, O/G] is that of a depthwise convolution with multiplier O/G; the sums of its
 * outputs over each group's inputs are the same numbers, and in that form it is saved.
 */
export const groupedConv2d = (config: GroupedConvConfig, shape: readonly number[]): LayersModel => {
  const { name, filters, groups } = config;
  const channels = shape[2]!;
  if (channels % groups || filters % groups) {
    const what = `Convolution "${name}" cannot split ${channels} → ${filters} channels into ${groups} groups.`;
    throw new UnderstoryError(
      'bad-groups',
      `${what} Choose a width at which both are multiples of ${groups}.`,
    );
  }
  const inputs = input({ shape: [...shape], name: `${name}/input` });
  const outputs = standardForm(config, inputs);
  return composite({ name, inputs, outputs, call: forward(config), shapeOf: shapeAfter(config), groups });
};
