import type { Rewrite } from '../trace/recorder.ts';
import type { Target } from '../target.ts';
import { convolution } from './convolution.ts';
import { filledLike } from './filledLike.ts';
import { identity } from './simplify.ts';

/** What is put into the graph in place of the ops that tfjs asks for. The addon's convolutions are for CPUs. */
export const rewritesFor = ({ gpu }: Target): readonly Rewrite[] => [
  filledLike,
  identity,
  ...(gpu ? [] : [convolution]),
];
