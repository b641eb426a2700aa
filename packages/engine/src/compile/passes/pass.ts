import type { GraphBuilder } from '../graphBuilder.ts';
import type { Rewriting } from '../program.ts';

/** Changes a whole program for the better; new nodes go into its draft. */
export type Pass = (rewriting: Rewriting, draft: GraphBuilder) => void;
