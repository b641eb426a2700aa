import type { TargetSpec } from '../contracts/dataset.ts';

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
