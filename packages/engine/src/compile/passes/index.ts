import type { GraphBuilder } from '../graphBuilder.ts';
import type { Rewriting } from '../program.ts';

/** Changes a whole program for the better; new nodes go into its draft. */
export type Pass = (rewriting: Rewriting, draft: GraphBuilder) => void;

/** What is done to every program, in this order. */
export const passesFor = (): readonly Pass[] => [];
