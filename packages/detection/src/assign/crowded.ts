import {
  equal,
  fill,
  greater,
  logicalAnd,
  max,
  stack,
  tidy,
  unstack,
  where,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { overlap } from '../boxes/iou.ts';
import { IGNORED, NEGATIVE } from './assign.ts';

/** Share of an anchor that a crowd covers, from which on it is not asked to show background. */
const COVERED = 0.5;

/**
 * What anchors are assigned [B, A] int32, without background where a crowd covers more than half of it: nobody knows what is
 * there. `anchors` [A, 4] or [B, A, 4]; `crowds` [B, M, 4], rows without area are none.
 */
export const withoutCrowded = (assigned: Tensor, anchors: Tensor, crowds: Tensor): Tensor =>
  tidy(() => {
    const own = anchors.rank === 3 ? unstack(anchors) : undefined;
    // An image at a time, for the sake of memory.
    const covered = unstack(crowds).map((rows, i) => max(overlap(own?.[i] ?? anchors, rows), 1)); // each [A]
    const unknown = logicalAnd(greater(stack(covered), COVERED), equal(assigned, NEGATIVE));
    return where(unknown, fill(assigned.shape, IGNORED, 'int32'), assigned);
  });
