import type { GraphBuilder } from '../graph/graphBuilder.ts';
import type { Rewriting } from '../trace/program.ts';

/** Changes a whole program for the better; new nodes go into its draft. */
export type Pass = (rewriting: Rewriting, draft: GraphBuilder) => void;
