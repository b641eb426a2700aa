import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Backbone, StageSpec } from '../contracts/backbone.ts';
import { batchNorm } from '../layers/batchNorm.ts';
import { initialize } from '../layers/initialize.ts';
import { seedOf } from '../random.ts';

const apply = (layer: layers.Layer, x: SymbolicTensor): SymbolicTensor => layer.apply(x) as SymbolicTensor;

/** Convolution 3×3, batch norm where it is wanted, ReLU. */
const block = (
  x: SymbolicTensor,
  name: string,
  { planes, stride, norm }: { planes: number; stride: number; norm: boolean },
): SymbolicTensor => {
  const padded = apply(layers.zeroPadding2d({ name: `${name}/padding`, padding: [1, 1] }), x);
  const window = { kernelSize: 3, strides: stride, padding: 'valid', useBias: false } as const;
  const conv = layers.conv2d({
    name: `${name}/conv`,
    filters: planes,
    kernelInitializer: 'zeros',
    ...window,
  });
  const map = apply(conv, padded);
  const normed = norm ? apply(batchNorm({ name: `${name}/norm` }), map) : map;
  return apply(layers.reLU({ name: `${name}/relu` }), normed);
};

const chain = (
  x: SymbolicTensor,
  stages: readonly StageSpec[],
  { scope, norm }: { scope: string; norm: boolean },
): SymbolicTensor[] => {
  let map = x;
  return stages.map(({ blocks, planes, stride }, s) => {
    for (let b = 0; b < blocks; b++)
      map = block(map, `${scope}stage${s + 1}/block${b}`, { planes, stride: b === 0 ? stride : 1, norm });
    return map;
  });
};

export interface TinyOptions {
  readonly classes?: number;
  /** Side of the images in pixels. */
  readonly size?: number;
  /** Channels of the four stages. */
  readonly planes?: readonly number[];
  readonly seed?: number;
  /** Whether a batch norm follows each convolution; true by default. */
  readonly norm?: boolean;
}

/** A whole backbone of four stages that is quick enough for unit tests: one convolution a stage, `extend` included. */
export const tinyBackbone = ({
  classes = 5,
  size = 8,
  planes = [4, 6, 8, 10],
  seed = 1,
  norm = true,
}: TinyOptions = {}): Backbone => {
  const strides = [1, 2, 2, 2];
  const images = input({ shape: [size, size, 3], name: 'images' });
  const specs = planes.map((p, i) => ({ blocks: 1, planes: p, stride: strides[i]! }));
  const maps = chain(images, specs, { scope: '', norm });
  const pooled = apply(layers.globalAveragePooling2d({ name: 'pool' }), maps.at(-1)!);
  const dense = layers.dense({ name: 'classifier', units: classes, kernelInitializer: 'zeros' });
  const made = model({ name: 'tiny', inputs: images, outputs: [...maps, pooled, apply(dense, pooled)] });
  initialize(made, seedOf(seed));
  let stride = 1;
  return {
    name: 'tiny',
    model: made,
    taps: planes.map((channels, i) => {
      stride *= strides[i]!;
      return { name: `stage${i + 1}`, channels, stride };
    }),
    features: planes.at(-1)!,
    classes,
    planes,
    blocks: planes.map(() => 1),
    extend: (from, stages, name) => chain(from, stages, { scope: `${name}/`, norm }).at(-1)!,
    initialize,
  };
};
