import type { Rewrite } from '../recorder.ts';
import type { Target } from '../target.ts';
import { convolution3x3 } from './convolution3x3.ts';
import { filledLike } from './filledLike.ts';
import { identity } from './identity.ts';

/** What is put into the graph in place of the ops that tfjs asks for. The addon's convolutions are for float32 on CPUs. */
export const rewritesFor = ({ gpu, precision }: Target): readonly Rewrite[] => [
  filledLike,
  identity,
  ...(gpu || precision === 'bfloat16' ? [] : [convolution3x3]),
];
