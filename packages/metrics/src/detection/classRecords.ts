import type { Work } from './work.ts';

/**
 * What is kept of a class's detections on the way through a split: not their boxes, but what each was matched with. For
 * every size range one number a detection, whose bit t says that it is right at threshold t, and bit t + 16 that it counts
 * neither way there.
 */
export interface ClassRecords {
  readonly probability: number[];
  /** Place among the image's detections of the class, 0 for the likeliest. */
  readonly place: number[];
  /** [range][detection]. */
  readonly outcome: readonly number[][];
  /** True boxes that count, by range. */
  readonly truths: number[];
}

export const IGNORED_BITS = 16;

export const emptyRecords = (ranges: number): ClassRecords => ({
  probability: [],
  place: [],
  outcome: Array.from({ length: ranges }, () => []),
  truths: Array.from({ length: ranges }, () => 0),
});

const PIECE = 2 ** 15;

/** Position of the first number that is not under `value`, of numbers in order. */
const lowerBound = (sorted: Float64Array, value: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Detections of all images in order of falling probability; equal ones in the order of images. Numbers alone are sorted, which
 * is quick, and then each detection looks up its place: half a million of one class hold no turn of the event loop up.
 */
export function* rankedRecords({ probability }: Pick<ClassRecords, 'probability'>): Work<Uint32Array> {
  const falling = Float64Array.from(probability, (p) => -p);
  const sorted = falling.toSorted();
  const equalBefore = new Uint32Array(falling.length);
  const order = new Uint32Array(falling.length);
  yield;
  for (let d = 0; d < falling.length; d++) {
    const first = lowerBound(sorted, falling[d]!);
    order[first + equalBefore[first]!++] = d;
    if (d % PIECE === PIECE - 1) yield;
  }
  return order;
}

/** Of the detections in their order: how many were right so far, and how many wrong, at each right one. */
export interface Hits {
  /** Wrong detections before the k-th right one. */
  readonly wrongBefore: number[];
  readonly probability: number[];
}

export interface HitsRequest {
  readonly order: Uint32Array;
  readonly range: number;
  readonly threshold: number;
  /** Most detections of an image. */
  readonly most: number;
}

/** The right detections at a threshold, with the wrong ones that came before each. A plain loop: COCO has 20 million turns of it. */
export const hitsOf = (records: ClassRecords, { order, range, threshold, most }: HitsRequest): Hits => {
  const [right, ignored] = [1 << threshold, 1 << (threshold + IGNORED_BITS)];
  const outcome = records.outcome[range] ?? [];
  const hits: Hits = { wrongBefore: [], probability: [] };
  let wrong = 0;
  for (let i = 0; i < order.length; i++) {
    const d = order[i]!;
    const bits = outcome[d]!;
    if (records.place[d]! >= most || bits & ignored) continue;
    if (!(bits & right)) {
      wrong++;
      continue;
    }
    hits.wrongBefore.push(wrong);
    hits.probability.push(records.probability[d]!);
  }
  return hits;
};

/** Precision at each right detection, and never less than at a later one. */
export const envelope = ({ wrongBefore }: Hits): Float64Array => {
  const precision = Float64Array.from(wrongBefore, (wrong, k) => (k + 1) / (k + 1 + wrong));
  for (let k = precision.length - 2; k >= 0; k--) precision[k] = Math.max(precision[k]!, precision[k + 1]!);
  return precision;
};
