import { fuseBatchNorm } from './batchNorm.ts';
import type { Pass } from './pass.ts';

/** What is done to every program, in this order. */
export const passesFor = ({ gpu }: { readonly gpu: boolean }): readonly Pass[] =>
  gpu ? [] : [fuseBatchNorm];
