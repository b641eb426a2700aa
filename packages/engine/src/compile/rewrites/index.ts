import type { Rewrite } from '../recorder.ts';
import { convolution3x3 } from './convolution3x3.ts';
import { filledLike } from './filledLike.ts';
import { identity } from './identity.ts';

/** What is put into the graph in place of the ops that tfjs asks for. */
export const rewritesFor = ({ gpu }: { readonly gpu: boolean }): readonly Rewrite[] =>
  gpu ? [filledLike, identity] : [filledLike, identity, convolution3x3];
