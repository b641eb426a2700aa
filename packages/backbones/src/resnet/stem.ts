import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Stem } from '../options.ts';
import { relu } from '../parts/activation.ts';
import { norm } from '../parts/basics.ts';
import { conv, maxPool3 } from '../parts/conv.ts';

export interface StemConfig {
  readonly stem: Stem;
  readonly filters: number;
  readonly bias?: boolean;
}

/** `cifar`: 3×3, stride 1, no pooling (32 → 32); `imagenet`: 7×7, stride 2, max-pool (224 → 56). */
export const resnetStem = (
  x: SymbolicTensor,
  { stem, filters, bias = false }: StemConfig,
): SymbolicTensor => {
  const window = stem === 'cifar' ? { kernel: 3 } : { kernel: 7, stride: 2 };
  const y = relu(norm(conv(x, 'stem/conv', { filters, bias, ...window }), 'stem/norm'), 'stem/relu');
  return stem === 'cifar' ? y : maxPool3(y, 'stem/pool');
};
