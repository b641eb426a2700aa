import { fuseBatchNorm } from './passes/batchNorm.ts';
import { ON_CPU, ON_GPU, useBFloat16 } from './passes/bfloat16.ts';
import { finishConvolutions } from './passes/convolutionFinish.ts';
import { ownDenseLayers } from './passes/denseLayers.ts';
import { fuseElementwise } from './passes/elementwise.ts';
import { foldFrozenNorm } from './passes/frozenNorm.ts';
import { shareFilters } from './passes/sharedFilters.ts';
import type { Pass } from './passes/rewriting.ts';
import { convolution } from './rewrites/convolution.ts';
import { maxPoolGradient } from './rewrites/maxPool.ts';
import { roiAlign } from './rewrites/roiAlign.ts';
import { filledLike, identity } from './rewrites/simplify.ts';
import type { Rewrite } from './trace/recorder.ts';

export type Precision = 'float32' | 'bfloat16';

/** What a program is compiled for. */
export interface Target {
  readonly gpu: boolean;
  readonly precision: Precision;
}

/** What is put into the graph in place of the ops that tfjs asks for. The addon's ops are for CPUs. */
export const rewritesFor = ({ gpu }: Target): readonly Rewrite[] => [
  filledLike,
  identity,
  ...(gpu ? [] : [convolution, maxPoolGradient, roiAlign]),
];

/** What is done to every program, in this order. */
export const passesFor = ({ gpu, precision }: Target): readonly Pass[] => [
  ...(gpu ? [] : [foldFrozenNorm, finishConvolutions, ownDenseLayers]),
  ...(precision === 'bfloat16' ? [useBFloat16(gpu ? ON_GPU : ON_CPU)] : []),
  ...(gpu ? [] : [shareFilters, fuseBatchNorm, fuseElementwise]),
];
