import { BOX_KINDS } from '@understory/core';
import { COCO_SIZES, type CocoEvaluation, type CocoSize, type ImageBoxes } from '@understory/metrics';
import type { BoxScore, PrecisionCurve } from '@understory/report';

/** Overlaps whose curves are shown. */
const IOUS = [0.5, 0.75];
/** Classes that have curves of their own: those with the most true boxes. */
const CLASSES = 12;

const SIZES: readonly (readonly [CocoSize, ap: string, about: string])[] = [
  ['small', 'APs', 'up to 32² pixels'],
  ['medium', 'APm', 'up to 96² pixels'],
  ['large', 'APl', 'above 96² pixels'],
];

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Numbers by name without those that nothing was measured for. */
const known = (scores: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(scores).filter(([, value]) => Number.isFinite(value)));

export const scoresByClass = (
  { byClass, truths }: CocoEvaluation,
  classes: readonly string[],
): readonly BoxScore[] =>
  classes.map((name, c) => {
    const { AP = NaN, AP50 = NaN, AP75 = NaN } = byClass[c] ?? {};
    return { name, boxes: truths[c] ?? 0, scores: known({ AP, AP50, AP75 }) };
  });

/** True boxes that count and are of a size. */
const boxesOf = (images: readonly ImageBoxes[], size: CocoSize): number => {
  const [from, to] = COCO_SIZES[size];
  return images.reduce(
    (sum, { truth }) =>
      sum + truth.filter((t) => t.kind === BOX_KINDS.ordinary && t.area >= from && t.area <= to).length,
    0,
  );
};

/** Precision at an overlap, over recalls and the classes that have true boxes of a size. */
const precisionAt = (evaluation: CocoEvaluation, iou: number, size: CocoSize): number =>
  mean(
    evaluation.byClass.flatMap((_, c) => {
      const points = evaluation.precision(c, iou, size);
      return points.length === 0 ? [] : [mean(points.map((point) => point.precision))];
    }),
  );

export const scoresBySize = (
  evaluation: CocoEvaluation,
  images: readonly ImageBoxes[],
): readonly BoxScore[] =>
  SIZES.map(([name, ap, about]) => ({
    ...{ name, about, boxes: boxesOf(images, name) },
    scores: known({
      AP: evaluation.numbers[ap] ?? NaN,
      AP50: precisionAt(evaluation, 0.5, name),
      AP75: precisionAt(evaluation, 0.75, name),
    }),
  }));

type Points = PrecisionCurve['points'];

/** The mean of curves over the same recalls. */
const meanCurve = (curves: readonly Points[]): Points =>
  (curves[0] ?? []).map(([recall], i) => [recall, mean(curves.map((points) => points[i]?.[1] ?? 0))]);

/** Precision by recall at each overlap: of all classes, and where there are several of each, the most common first. */
export const curvesOf = (
  evaluation: CocoEvaluation,
  classes: readonly string[],
): readonly PrecisionCurve[] => {
  const common = classes
    .map((name, c) => ({ name, c, boxes: evaluation.truths[c] ?? 0 }))
    .filter(({ boxes }) => boxes > 0)
    .sort((a, b) => b.boxes - a.boxes || a.c - b.c);
  return IOUS.flatMap((iou) => {
    const all = common.map(({ name, c }): PrecisionCurve => ({
      ...{ name, iou },
      points: evaluation.precision(c, iou).map((point) => [point.recall, point.precision] as const),
    }));
    if (all.length < 2) return all;
    return [
      { name: 'all classes', iou, points: meanCurve(all.map(({ points }) => points)) },
      ...all.slice(0, CLASSES),
    ];
  });
};
