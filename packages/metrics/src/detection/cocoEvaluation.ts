import { UnderstoryError } from '@understory/core';
import { envelope, hitsOf, rankedRecords, type ClassRecords, type Hits } from './classRecords.ts';
import { mean, type PrecisionPoint } from './curve.ts';
import { COCO_IOUS, COCO_SIZES, type CocoSize } from './cocoMatch.ts';
import { cocoPass, type CocoPass } from './cocoPass.ts';
import type { ImageBoxes } from './imageBoxes.ts';
import { atOnce, type Work } from './work.ts';

/** Most detections of an image and class that COCO's recalls look at. */
export const COCO_MOST = [1, 10, 100] as const;

/** COCO's recall points, 0 to 1. */
const RECALLS = Array.from({ length: 101 }, (_, i) => i * 0.01);

const SIZES = Object.keys(COCO_SIZES) as CocoSize[];

/** A curve at COCO's recalls, in columns. */
interface Curve {
  readonly precision: Float64Array;
  readonly probability: Float64Array;
}

/** What is known of a class at a size and a threshold. */
interface AtThreshold {
  readonly recall: number;
  readonly curve: Curve;
}

/** Numbers by name: `AP`, `AP50`, `AP75`, `APs`, `APm`, `APl`, `AR1`, `AR10`, `AR100`, `ARs`, `ARm`, `ARl`; NaN without true boxes. */
export type CocoNumbers = Readonly<Record<string, number>>;

export interface CocoEvaluation {
  /** Means over the classes that have true boxes; fractions. */
  readonly numbers: CocoNumbers;
  readonly byClass: readonly CocoNumbers[];
  /** True boxes that count, of each class. */
  readonly truths: readonly number[];
  /**
   * A class's curve at 101 recalls for one of COCO's ten thresholds of overlap; none where a class has no true boxes of that
   * size. Throws `bad-option` for another threshold or class.
   */
  precision(of: number, iou?: number, size?: CocoSize): readonly PrecisionPoint[];
}

const curveOf = (hits: Hits, truths: number): Curve => {
  const best = envelope(hits);
  const curve = {
    precision: new Float64Array(RECALLS.length),
    probability: new Float64Array(RECALLS.length),
  };
  let k = 0;
  RECALLS.forEach((recall, i) => {
    while (k < best.length && (k + 1) / truths < recall) k++;
    curve.precision[i] = best[k] ?? 0;
    curve.probability[i] = hits.probability[k] ?? 0;
  });
  return curve;
};

interface Ranked {
  readonly records: ClassRecords;
  readonly order: Uint32Array;
}

/** Recall and curve of a class at each threshold, of a size and with so many detections an image; none without true boxes. */
function* thresholdsOf({ records, order }: Ranked, range: number, most: number): Work<AtThreshold[]> {
  const truths = records.truths[range] ?? 0;
  const found: AtThreshold[] = [];
  if (truths === 0) return found;
  for (const threshold of COCO_IOUS.keys()) {
    const hits = hitsOf(records, { order, range, threshold, most });
    found.push({ recall: hits.probability.length / truths, curve: curveOf(hits, truths) });
    yield;
  }
  return found;
}

const recallOf = (found: readonly AtThreshold[] = []): number => mean(found.map(({ recall }) => recall));
const precisionAt = (one: AtThreshold | undefined): number => mean(Array.from(one?.curve.precision ?? []));
const precisionOf = (found: readonly AtThreshold[] = []): number => mean(found.map(precisionAt));

interface Measured {
  readonly numbers: CocoNumbers;
  /** [size][threshold]. */
  readonly sizes: readonly (readonly AtThreshold[])[];
}

const numbersOf = ([all, small, medium, large]: Measured['sizes'], recalls: CocoNumbers): CocoNumbers => ({
  AP: precisionOf(all),
  AP50: precisionAt(all?.[0]),
  AP75: precisionAt(all?.[5]),
  APs: precisionOf(small),
  APm: precisionOf(medium),
  APl: precisionOf(large),
  ...recalls,
  ARs: recallOf(small),
  ARm: recallOf(medium),
  ARl: recallOf(large),
});

/** Numbers of a class. */
function* measureClass(records: ClassRecords, most: readonly number[]): Work<Measured> {
  const of = { records, order: yield* rankedRecords(records) };
  const last = most.at(-1) ?? 0;
  const sizes: AtThreshold[][] = [];
  for (const range of SIZES.keys()) sizes.push(yield* thresholdsOf(of, range, last));
  const recalls: Record<string, number> = {};
  for (const limit of most)
    recalls[`AR${limit}`] = recallOf(limit === last ? sizes[0] : yield* thresholdsOf(of, 0, limit));
  return { numbers: numbersOf(sizes, recalls), sizes };
}

const pointsOf = (
  measured: readonly Measured[],
  of: number,
  iou: number,
  size: CocoSize,
): PrecisionPoint[] => {
  const threshold = COCO_IOUS.findIndex((known) => Math.abs(known - iou) < 1e-9);
  const one = measured[of];
  if (threshold < 0 || !one)
    throw new UnderstoryError(
      'bad-option',
      `There is no curve of class ${of} at overlap ${iou}. Classes go from 0 to ${measured.length - 1}, overlaps from 0.5 to 0.95 by 0.05.`,
    );
  const curve = one.sizes[SIZES.indexOf(size)]?.[threshold]?.curve;
  if (!curve) return [];
  const at = (column: Float64Array, i: number): number => column[i] ?? 0;
  return RECALLS.map((recall, i) => ({
    recall,
    precision: at(curve.precision, i),
    probability: at(curve.probability, i),
  }));
};

/** Means over the classes of which there is something to measure. */
const meanNumbers = (measured: readonly Measured[], most: readonly number[]): CocoNumbers => {
  const names = Object.keys(numbersOf([], Object.fromEntries(most.map((limit) => [`AR${limit}`, NaN]))));
  return Object.fromEntries(
    names.map((name) => [name, mean(measured.map(({ numbers }) => numbers[name] ?? NaN))]),
  );
};

/** What a pass has seen, as numbers. */
export function* cocoNumbers(
  { records }: CocoPass,
  most: readonly number[] = COCO_MOST,
): Work<CocoEvaluation> {
  const measured: Measured[] = [];
  for (const one of records) measured.push(yield* measureClass(one, most));
  return {
    numbers: meanNumbers(measured, most),
    byClass: measured.map(({ numbers }) => numbers),
    truths: records.map(({ truths }) => truths[0] ?? 0),
    precision: (of, iou = 0.5, size = 'all') => pointsOf(measured, of, iou, size),
  };
}

/**
 * COCO's evaluation of boxes, as pycocotools computes it: images in order, classes from 0 to `classes` − 1. Crowds may be
 * matched by many, over the found box's area; difficult boxes by one; neither counts. Throws `bad-label` for a class that
 * is none, and for true boxes that are not finite.
 */
export const cocoEvaluation = (images: readonly ImageBoxes[], classes: number): CocoEvaluation => {
  const pass = cocoPass(classes, COCO_MOST.at(-1) ?? 0);
  images.forEach((image) => pass.add(image));
  return atOnce(cocoNumbers(pass));
};
