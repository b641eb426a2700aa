import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { norm, relu } from '../parts/basics.ts';
import { connect } from '../parts/connect.ts';
import { conv, pad } from '../parts/conv.ts';

export type Stem = 'cifar' | 'imagenet';

/** Side of the images that a stem is made for, in pixels. */
export const STEM_SIZE: Readonly<Record<Stem, number>> = { cifar: 32, imagenet: 224 };

/** Max-pool 3×3 with stride 2 and one pixel of padding, of a map that is nowhere negative. */
export const maxPool3 = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'valid' }), pad(x, `${name}/pad`, 1));

/** `cifar`: 3×3, stride 1, no pooling (32 → 32); `imagenet`: 7×7, stride 2, max-pool (224 → 56). */
export const resnetStem = (x: SymbolicTensor, stem: Stem, planes: number): SymbolicTensor => {
  const window = stem === 'cifar' ? { kernel: 3 } : { kernel: 7, stride: 2 };
  const y = relu(norm(conv(x, 'stem/conv', { filters: planes, ...window }), 'stem/norm'), 'stem/relu');
  return stem === 'cifar' ? y : maxPool3(y, 'stem/pool');
};
