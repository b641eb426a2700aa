import {
  BOXES,
  DETECTIONS,
  FRAME,
  framed,
  UnderstoryError,
  type Metric,
  type MetricBatch,
  type NdArray,
  type NdArrays,
} from '@understory/core';
import type { FoundBox, ImageBoxes, TrueBox } from './imageBoxes.ts';

/** What metrics of boxes look at. */
export const OF_BOXES = {
  reads: [DETECTIONS],
  targets: { [BOXES]: 'boxes', [FRAME]: 'boxes' },
} as const satisfies Pick<Metric, 'reads' | 'targets'>;

interface Wanted {
  readonly name: string;
  readonly columns: number;
  readonly what: string;
}

/** Rows [image][row] of float32 [N, rows, columns]. */
const rowsOf = (arrays: NdArrays, { name, columns, what }: Wanted): Float32Array[][] => {
  const array: NdArray | undefined = arrays[name];
  const [images = 0, rows = 0, width = 0] = array?.shape ?? [];
  if (!(array?.data instanceof Float32Array) || array.shape.length !== 3 || width !== columns)
    throw new UnderstoryError(
      array ? 'bad-shape' : what === 'output' ? 'no-detections' : 'no-target',
      `This metric needs the ${what} "${name}", float32 [N, rows, ${columns}]; there ` +
        (array
          ? `it is ${array.dtype} [${array.shape.join(', ')}].`
          : `are: ${Object.keys(arrays).join(', ')}.`) +
        ' Use a metric of the task.',
    );
  const { data } = array;
  const row = (i: number): Float32Array => data.subarray(i * width, (i + 1) * width);
  return Array.from({ length: images }, (_, n) => Array.from({ length: rows }, (_, r) => row(n * rows + r)));
};

type Framed = ReturnType<typeof framed>;

const at = (row: ArrayLike<number>, i: number): number => row[i] ?? NaN;

const hasArea = (row: Float32Array): boolean => !(at(row, 2) <= at(row, 0) || at(row, 3) <= at(row, 1));

const trueBox = (row: Float32Array, { restore }: Framed): TrueBox => ({
  box: restore(row),
  class: at(row, 4),
  kind: at(row, 5),
  area: at(row, 6),
});

const foundBox = (row: Float32Array, { restoreCut }: Framed): FoundBox => ({
  box: restoreCut(row),
  class: at(row, 4),
  probability: at(row, 5),
});

/**
 * A batch's true and found boxes in pixels of the pictures as stored, from the output `detections` and the targets `boxes`
 * and `frame`; found ones are cut at the picture's edges. Rows that stand for no box are left out: true ones without area, found
 * ones of probability 0. Throws
 * `bad-shape`, `no-detections`, `no-target`, and `bad-label` for a frame without area.
 */
export const readImageBoxes = ({ outputs, targets }: MetricBatch): ImageBoxes[] => {
  const found = rowsOf(outputs, { name: DETECTIONS, columns: 6, what: 'output' });
  const truth = rowsOf(targets, { name: BOXES, columns: 7, what: 'target' });
  const frames = rowsOf(targets, { name: FRAME, columns: 6, what: 'target' });
  if (found.length !== truth.length || found.length !== frames.length)
    throw new UnderstoryError(
      'bad-shape',
      `Detections of ${found.length} images do not fit boxes of ${truth.length} and frames of ${frames.length}. Give one of each an image.`,
    );
  return found.map((rows, n) => {
    const picture = framed(frames[n]?.[0] ?? []);
    return {
      truth: (truth[n] ?? []).filter(hasArea).map((row) => trueBox(row, picture)),
      found: rows.filter((row) => row[5] !== 0).map((row) => foundBox(row, picture)),
    };
  });
};
