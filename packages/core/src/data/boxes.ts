import type { TargetSpec } from '../contracts/dataset.ts';
import { UnderstoryError } from '../errors.ts';

/** Name of the target that holds an image's boxes. */
export const BOXES = 'boxes';

/** Name of the target that says where the picture lies in the network's image, and how large it was. */
export const FRAME = 'frame';

/** Name of the output that detectors' activations give: [K, 6] rows top, left, bottom, right, class, probability. */
export const DETECTIONS = 'detections';

/** What a true box counts for. */
export const BOX_KINDS = {
  ordinary: 0,
  /** A region of many things that were not told apart (COCO): no target; detections in it do not count. */
  crowd: 1,
  /** Hard to see (Pascal VOC): detections of it do not count, nor does missing it. */
  difficult: 2,
} as const;

/**
 * Boxes of an image: float32 [M, 7] rows top, left, bottom, right (pixels of the network's image), class, kind (`BOX_KINDS`),
 * area (pixels² of the picture as stored). Rows without area are none.
 */
export const boxesSpec = (most: number): TargetSpec => ({
  kind: 'boxes',
  dtype: 'float32',
  shape: [most, 7],
  around: 'things',
});

/**
 * The picture's part of the network's image: float32 [1, 6] top, left, bottom, right, then height and width of the picture
 * as stored. A target like boxes, so views move it with the picture.
 */
export const frameSpec: TargetSpec = { kind: 'boxes', dtype: 'float32', shape: [1, 6], around: 'picture' };

/** Top, left, bottom, right in pixels: continuous coordinates, a width is right − left. */
export type BoxEdges = readonly [top: number, left: number, bottom: number, right: number];

/** Takes boxes from the network's image into the picture as stored. */
export interface Framed {
  /** Edges where they are in the picture; columns behind them play no part. */
  readonly restore: (row: ArrayLike<number>) => BoxEdges;
  /** The same, cut at the picture's edges: what was found in that which fills the image up is not in the picture. */
  readonly restoreCut: (row: ArrayLike<number>) => BoxEdges;
}

// By position: destructuring a typed array walks it by an iterator, and an evaluation of COCO has half a million rows.
const at = (row: ArrayLike<number>, i: number): number => row[i] ?? NaN;

/** What is not finite stays what it is: a box that is spoilt is told as such. */
const within = (value: number, most: number): number =>
  Number.isFinite(value) ? Math.min(Math.max(value, 0), most) : value;

/** By a picture's frame, as `frameSpec` has it. Errors: `bad-label` for a frame without area. */
export const framed = (frame: ArrayLike<number>): Framed => {
  const [top, left, height, width] = [at(frame, 0), at(frame, 1), at(frame, 4), at(frame, 5)];
  const [down, across] = [height / (at(frame, 2) - top), width / (at(frame, 3) - left)];
  if (!(down > 0 && across > 0 && Number.isFinite(down + across)))
    throw new UnderstoryError(
      'bad-label',
      `The target "${FRAME}" is [${Array.from(frame).join(', ')}]; expected top, left, bottom, right of the picture within the image, then its height and width as stored.`,
    );
  const restore = (row: ArrayLike<number>): BoxEdges => [
    (at(row, 0) - top) * down,
    (at(row, 1) - left) * across,
    (at(row, 2) - top) * down,
    (at(row, 3) - left) * across,
  ];
  const restoreCut = (row: ArrayLike<number>): BoxEdges => {
    const edges = restore(row);
    return [
      within(edges[0], height),
      within(edges[1], width),
      within(edges[2], height),
      within(edges[3], width),
    ];
  };
  return { restore, restoreCut };
};
