import type { SharedSums } from '../cluster/sharedSums.ts';
import { fuseBatchNorm } from './passes/batchNorm.ts';
import { ON_CPU, ON_GPU, STORED_ON_CPU, useBFloat16, type Lists } from './passes/bfloat16.ts';
import { finishConvolutions } from './passes/convolutionFinish.ts';
import { ownDenseLayers } from './passes/denseLayers.ts';
import { fuseElementwise } from './passes/elementwise.ts';
import { filtersFirst } from './passes/filtersFirst.ts';
import { partsInTurn } from './passes/partsInTurn.ts';
import { foldEveryNorm, foldFrozenNorm } from './passes/frozenNorm.ts';
import { recompute } from './passes/recompute.ts';
import { roundResults } from './passes/roundedResults.ts';
import { shareFilters } from './passes/sharedFilters.ts';
import { lookUpStored } from './passes/storedPixels.ts';
import { sumsInOrder } from './passes/sumsInOrder.ts';
import type { Pass } from './passes/rewriting.ts';
import { convolution } from './rewrites/convolution.ts';
import { lookUp } from './rewrites/lookUp.ts';
import { maxPoolGradient } from './rewrites/maxPool.ts';
import { ownPairs } from './rewrites/ownPairs.ts';
import { roiAlign } from './rewrites/roiAlign.ts';
import { sharedSum } from './rewrites/sharedSum.ts';
import { filledLike, identity } from './rewrites/simplify.ts';
import { columnSum, squareSum } from './rewrites/sums.ts';
import type { Rewrite } from './trace/recorder.ts';
import type { Notice } from './trace/traceContext.ts';

/** In what convolutions, and what lies between them, are computed. `bfloat16-stored` multiplies in float32 what is bfloat16 in memory. */
export const PRECISIONS = ['float32', 'bfloat16', 'bfloat16-stored'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What a program is compiled for. */
export interface Target {
  readonly gpu: boolean;
  readonly precision: Precision;
  /** Whether its programs only look at images: norms go into convolutions. */
  readonly inference?: boolean;
  /** Whether maps are computed again on the way back instead of being held. */
  readonly recompute?: boolean;
  /** Of workers that have memory in common. */
  readonly sums?: SharedSums | undefined;
}

/** What is put into the graph in place of the ops that tfjs asks for. The addon's ops are for CPUs. */
export const rewritesFor = ({ gpu, sums }: Target, notify: (notice: Notice) => void): readonly Rewrite[] => [
  filledLike,
  identity,
  ...(gpu ? [] : [convolution, maxPoolGradient, roiAlign, lookUp, ownPairs, columnSum, squareSum]),
  ...(gpu || !sums ? [] : [sharedSum(sums, notify)]),
];

const LISTS: Readonly<Record<Exclude<Precision, 'float32'>, Lists>> = {
  bfloat16: ON_CPU,
  'bfloat16-stored': STORED_ON_CPU,
};

/** What is done to every program, in this order. */
export const passesFor = (target: Target): readonly Pass[] => [
  ...(target.recompute ? [recompute] : []),
  ...fusionsFor(target),
  filtersFirst,
  partsInTurn,
  sumsInOrder,
];

const halvingFor = (gpu: boolean, precision: Precision): readonly Pass[] => {
  if (precision === 'float32') return [];
  return gpu ? [useBFloat16(ON_GPU)] : [useBFloat16(LISTS[precision]), roundResults];
};

const fusionsFor = ({ gpu, precision, inference = false }: Target): readonly Pass[] => [
  ...(gpu ? [] : [inference ? foldEveryNorm : foldFrozenNorm, finishConvolutions, ownDenseLayers]),
  ...halvingFor(gpu, precision),
  ...(gpu ? [] : [lookUpStored, shareFilters, fuseBatchNorm, fuseElementwise]),
];
