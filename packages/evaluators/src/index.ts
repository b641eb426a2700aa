import type { AnyPlugin } from '@understory/core';

export { matrixOf, type Matrix } from './matrix.ts';
export { nearest, type Neighbours, type NearestOptions } from './knn/nearest.ts';
export { logVotes, type VoteOptions } from './knn/votes.ts';
export { fitProbe, type Probe, type ProbeOptions } from './probe/fitProbe.ts';
export { probeLogits } from './probe/probeLogits.ts';

/** Every evaluator of this package, for a registry. */
export const evaluatorPlugins: readonly AnyPlugin[] = [];
