import { BOX_KINDS, UnderstoryError } from '@understory/core';
import { emptyRecords, envelope, hitsOf, rankedRecords, type ClassRecords } from './classRecords.ts';
import { byClass, checkBoxes, type ImageBoxes } from './imageBoxes.ts';
import { mean, type PrecisionPoint } from './curve.ts';
import { vocOutcomes, type VocMatching } from './vocMatch.ts';
import { atOnce, type Work } from './work.ts';

export interface VocOptions {
  /** Overlap from which on a box is found; 0.5. */
  readonly iou?: number;
  /** 2007: mean of the best precision at eleven recalls. 2010, the default: area under the curve. */
  readonly year?: 2007 | 2010;
  /** Sides one longer, and overlap more than `iou`: as code for inclusive pixel coordinates computes it. */
  readonly legacy?: boolean;
}

/** Numbers of a class; NaN without true boxes. */
export interface VocClass {
  readonly AP: number;
  /** Share of the true boxes that were found. */
  readonly recall: number;
  /** True boxes that count. */
  readonly truths: number;
  /** A point for each box that was found. */
  readonly points: readonly PrecisionPoint[];
}

export interface VocEvaluation {
  /** Mean over the classes that have true boxes, a fraction. */
  readonly mAP: number;
  readonly recall: number;
  readonly byClass: readonly VocClass[];
}

const RECALLS = Array.from({ length: 11 }, (_, i) => i / 10);

const elevenPoints = (precision: Float64Array, truths: number): number =>
  mean(RECALLS.map((recall) => precision[Math.max(0, Math.ceil(recall * truths - 1e-9) - 1)] ?? 0));

/** Recall rises by the same with each box that is found. */
const area = (precision: Float64Array, truths: number): number =>
  precision.reduce((sum, p) => sum + p, 0) / truths;

function* measureClass(records: ClassRecords, year: 2007 | 2010): Work<VocClass> {
  const truths = records.truths[0] ?? 0;
  if (truths === 0) return { AP: NaN, recall: NaN, truths, points: [] };
  const order = yield* rankedRecords(records);
  const hits = hitsOf(records, { order, range: 0, threshold: 0, most: Infinity });
  const precision = envelope(hits);
  const points = hits.probability.map((probability, k) => ({
    recall: (k + 1) / truths,
    precision: precision[k] ?? 0,
    probability,
  }));
  const AP = year === 2007 ? elevenPoints(precision, truths) : area(precision, truths);
  return { AP, recall: points.length / truths, truths, points };
}

/** Matches image after image; boxes are not kept. */
export interface VocPass {
  readonly records: readonly ClassRecords[];
  /** Throws `bad-label` as `checkBoxes` does. */
  add(image: ImageBoxes): void;
}

export const vocPass = (classes: number, matching: VocMatching): VocPass => {
  const all = Array.from({ length: classes }, () => emptyRecords(1));
  let images = 0;
  return {
    records: all,
    add(image) {
      checkBoxes(image, images++, classes);
      for (const boxes of byClass(image)) {
        const records = all[boxes.class]!;
        boxes.found.forEach(({ probability }, place) => {
          records.probability.push(probability);
          records.place.push(place);
        });
        for (const bits of vocOutcomes(boxes, matching)) records.outcome[0]!.push(bits);
        records.truths[0]! += boxes.truth.filter(({ kind }) => kind === BOX_KINDS.ordinary).length;
      }
    },
  };
};

/** What a pass has seen, as numbers. */
export function* vocNumbers({ records }: VocPass, year: 2007 | 2010): Work<VocEvaluation> {
  const measured: VocClass[] = [];
  for (const one of records) {
    measured.push(yield* measureClass(one, year));
    yield;
  }
  return {
    mAP: mean(measured.map(({ AP }) => AP)),
    recall: mean(measured.map(({ recall }) => recall)),
    byClass: measured,
  };
}

/**
 * Pascal VOC's average precision: images in order, classes from 0 to `classes` − 1; difficult boxes and crowds count
 * neither as found nor as missed. Throws `bad-label` for a class that is none, and for true boxes that are not finite;
 * `bad-option` for an overlap outside (0, 1].
 */
export const vocEvaluation = (
  images: readonly ImageBoxes[],
  classes: number,
  { iou = 0.5, year = 2010, legacy = false }: VocOptions = {},
): VocEvaluation => {
  if (!(iou > 0 && iou <= 1))
    throw new UnderstoryError('bad-option', `"iou" is ${iou}; expected an overlap over 0, and at most 1.`);
  const pass = vocPass(classes, { iou, legacy });
  images.forEach((image) => pass.add(image));
  return atOnce(vocNumbers(pass, year));
};
