import type { Target } from '../target.ts';
import { fuseBatchNorm } from './batchNorm.ts';
import { ON_CPU, ON_GPU, useBFloat16 } from './bfloat16.ts';
import { fuseElementwise } from './elementwise.ts';
import type { Pass } from './rewriting.ts';

/** What is done to every program, in this order. */
export const passesFor = ({ gpu, precision }: Target): readonly Pass[] => [
  ...(precision === 'bfloat16' ? [useBFloat16(gpu ? ON_GPU : ON_CPU)] : []),
  ...(gpu ? [] : [fuseBatchNorm, fuseElementwise]),
];
