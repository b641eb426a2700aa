import type { Rewrite } from '../recorder.ts';
import { filledLike } from './filledLike.ts';

/** What is put into the graph in place of the ops that tfjs asks for. */
export const rewritesFor = (): readonly Rewrite[] => [filledLike];
