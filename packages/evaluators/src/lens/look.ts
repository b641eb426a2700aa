import type { EvaluationRequest, Samples } from '@understory/core';
import { matrixOf, type Matrix } from '../matrix.ts';
import type { LensMeasure } from './measures.ts';
import { alignment, invariance, uniformity } from './pairs.ts';
import { effectiveRank, participationRatio, rankMe } from './rank.ts';
import { neighbourShare } from './neighbourShare.ts';
import { neighbourAccuracy, probeAccuracy, type Labelled } from './reading.ts';
import { inTurns } from './work.ts';

/** What one stage made of the images of a look; what could not be had is absent. */
export interface StageView {
  readonly features: Matrix;
  readonly labels?: Int32Array;
  readonly bank?: Labelled;
  readonly pair?: readonly [Matrix, Matrix];
  readonly classes: number;
}

/** Pooled maps of some samples, by tap; undefined where one holds a number that is not finite. */
export const pooledMaps = async (
  { taps = [], ...request }: EvaluationRequest,
  samples: Samples,
  positions: readonly number[],
): Promise<Readonly<Record<string, Matrix | undefined>>> => {
  const made = await request.infer(
    samples,
    taps.map((tap) => `tap/${tap}`),
    positions,
  );
  return Object.fromEntries(
    taps.map((tap) => {
      const { data, shape } = made[`tap/${tap}`] ?? { data: new Float32Array(), shape: [0, 0] };
      const [rows = 0, columns = 0] = shape;
      const sound = data.every(Number.isFinite);
      return [tap, sound ? matrixOf(Float32Array.from(data), rows, columns) : undefined];
    }),
  );
};

type Numbers = Record<string, number>;

const ofClasses = async (
  { features, labels, bank, classes }: StageView,
  wanted: ReadonlySet<LensMeasure>,
): Promise<Numbers> => {
  if (!labels) return {};
  const reading = bank && { bank, asked: { features, labels }, classes };
  return {
    ...(wanted.has('probe') && reading && { probe: await probeAccuracy(reading) }),
    ...(wanted.has('knn') && reading && { knn: await neighbourAccuracy(reading) }),
    ...(wanted.has('neighbours') && { neighbours: await neighbourShare(features, labels) }),
  };
};

const ofViews = async ({ pair }: StageView, wanted: ReadonlySet<LensMeasure>): Promise<Numbers> => {
  if (!pair) return {};
  const found: Numbers = {};
  if (wanted.has('alignment')) found['alignment'] = await inTurns(alignment(...pair));
  if (!wanted.has('invariance')) return found;
  const { same, other } = await inTurns(invariance(...pair));
  return { ...found, invariance: same, 'invariance-other': other };
};

/** What is measured of one stage, by the numbers' names. */
export const measureStage = async (view: StageView, wanted: ReadonlySet<LensMeasure>): Promise<Numbers> => ({
  ...(await ofClasses(view, wanted)),
  ...(await ofViews(view, wanted)),
  ...(wanted.has('uniformity') && { uniformity: await inTurns(uniformity(view.features)) }),
  ...(wanted.has('rank') && {
    'effective-rank': await inTurns(effectiveRank(view.features)),
    rankme: await inTurns(rankMe(view.features)),
    participation: await inTurns(participationRatio(view.features)),
  }),
});
