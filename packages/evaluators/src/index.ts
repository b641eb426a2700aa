import type { AnyPlugin } from '@understory/core';
import { knnPlugin } from './knn/knn.ts';
import { depthLensPlugin } from './lens/depthLens.ts';
import { linearProbePlugin } from './probe/linearProbe.ts';
import { retrievalPlugin } from './retrieval/retrieval.ts';

export { atMost, embed } from './features.ts';
export { matrixOf, type Matrix } from './matrix.ts';
export { eachNearest, type Neighbour, type SearchOptions } from './knn/eachNearest.ts';
export { knn, KnnOptions, knnPlugin } from './knn/knn.ts';
export { nearest, type Neighbours } from './knn/nearest.ts';
export { logVotes, type VoteOptions } from './knn/votes.ts';
export {
  fitGaussians,
  mahalanobisScores,
  type ClassGaussians,
  type Gaussians,
  type MahalanobisScores,
} from './outside/mahalanobis.ts';
export {
  OUTSIDE_SCORES,
  outsideNumbers,
  tapNumbers,
  type OutsideRequest,
  type OutsideScore,
  type Seen,
  type SeenAtTap,
  type TapNumbers,
} from './outside/outsideNumbers.ts';
export {
  fitTapScore,
  meanOfTaps,
  scoreWeights,
  tapScores,
  type ScoreWeights,
  type TapScore,
} from './outside/tapScores.ts';
export { energyScores, neighbourScores, softmaxScores } from './outside/scores.ts';
export { leastOfMost, separation, type Separation } from './outside/separation.ts';
export {
  corrupt,
  CORRUPTIONS,
  STRENGTHS,
  type CorruptRequest,
  type Corruption,
  type Recompress,
  type Strength,
} from './corruptions/corrupt.ts';
export { robustness, type CorruptionErrors, type Robustness } from './corruptions/robustness.ts';
export { chooseDecay } from './probe/chooseDecay.ts';
export { fitProbe, type Probe, type ProbeOptions } from './probe/fitProbe.ts';
export { linearProbe, LinearProbeOptions, linearProbePlugin } from './probe/linearProbe.ts';
export { probeLogits } from './probe/probeLogits.ts';
export { retrieval, RetrievalOptions, retrievalPlugin } from './retrieval/retrieval.ts';
export {
  retrievalNumbers,
  type RetrievalNumbers,
  type RetrievalRequest,
} from './retrieval/retrievalNumbers.ts';

export { linearCka, unbiasedCka } from './lens/cka.ts';
export { BATCHES, depthLens, depthLensPlugin, DepthLensOptions } from './lens/depthLens.ts';
export { chanceShare, neighbourShare } from './lens/neighbourShare.ts';
export { alignment, invariance, uniformity, type Invariance } from './lens/pairs.ts';
export { effectiveRank, participationRatio, rankMe } from './lens/rank.ts';
export { finish, inTurns, type Work } from './lens/work.ts';

/** Every evaluator of this package, for a registry. */
export const evaluatorPlugins: readonly AnyPlugin[] = [
  knnPlugin,
  linearProbePlugin,
  retrievalPlugin,
  depthLensPlugin,
];
