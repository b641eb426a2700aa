import {
  concat,
  expandDims,
  gather,
  mul,
  stack,
  tidy,
  unstack,
  cast,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { classNms, type NmsOptions } from '../boxes/nms.ts';

/** Boxes that compete, with the score and class of each. */
export interface Candidates {
  /** [B, N, 4] */
  readonly boxes: Tensor;
  /** [B, N] */
  readonly scores: Tensor;
  /** [B, N] int32 */
  readonly classes: Tensor;
}

/** The candidates of all levels. */
export const together = (parts: readonly Candidates[]): Candidates => ({
  boxes: concat(
    parts.map((part) => part.boxes),
    1,
  ),
  scores: concat(
    parts.map((part) => part.scores),
    1,
  ),
  classes: concat(
    parts.map((part) => part.classes),
    1,
  ),
});

/**
 * Non-maximum suppression of each image by itself and within each class → [B, most, 6] top, left, bottom, right, class,
 * score, by falling score; zeros where there are fewer.
 */
export const bestBoxes = ({ boxes, scores, classes }: Candidates, options: NmsOptions): Tensor =>
  tidy(() => {
    const each = [boxes, scores, classes].map((all) => unstack(all));
    const rows = each[0]!.map((own, i) => {
      const [score, label] = [each[1]![i] as Tensor1D, each[2]![i] as Tensor1D];
      const { indices, valid } = classNms(own as Tensor2D, score, label, options);
      const all = concat([own, expandDims(cast(label, 'float32'), 1), expandDims(score, 1)], 1); // [N, 6]
      return mul(gather(all, indices), expandDims(valid, 1));
    });
    return stack(rows);
  });

/** Rows [B, K, C] of `of` [B, N, C], or numbers [B, K] of [B, N], at the places [B, K] int32 of each image. */
export const pickRows = (of: Tensor, places: Tensor): Tensor => gather(of, places, 1, 1);
