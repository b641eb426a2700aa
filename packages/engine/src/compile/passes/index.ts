import type { GraphBuilder } from '../graphBuilder.ts';
import type { Rewriting } from '../program.ts';
import { fuseBatchNorm } from './batchNorm.ts';

/** Changes a whole program for the better; new nodes go into its draft. */
export type Pass = (rewriting: Rewriting, draft: GraphBuilder) => void;

/** What is done to every program, in this order. */
export const passesFor = ({ gpu }: { readonly gpu: boolean }): readonly Pass[] =>
  gpu ? [] : [fuseBatchNorm];
