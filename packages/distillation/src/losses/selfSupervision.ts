import {
  crossEntropyLoss,
  requireLabels,
  requireSameLength,
  requireSameShape,
  untracked,
} from '@understory/core';
import {
  add,
  cast,
  div,
  equal,
  expandDims,
  floor,
  greater,
  less,
  logicalAnd,
  logicalOr,
  matMul,
  mul,
  oneHot,
  range,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { klRows, type TemperatureOptions } from './logits.ts';
import { unitVectors } from './rows.ts';

/** Cosines of projected augmented images [M, D] with projected plain ones [B, D] → [M, B]. */
export const relatedness = (augmented: Tensor2D, plain: Tensor2D): Tensor2D =>
  tidy(() => {
    requireSameLength('relations of images', { augmented, plain }, '[rows, D]', 1);
    return matMul(unitVectors(augmented), unitVectors(plain), false, true);
  });

/**
 * The task of SSKD's projection head (Xu et al. 2020, eq. 3): which plain image [B, D] is an augmented one [M, D] made
 * from? Mean cross-entropy of the cosines, no temperature; `own` [M] int32 → [] in nats.
 */
export const pretextLoss = (augmented: Tensor2D, plain: Tensor2D, own: Tensor1D): Scalar =>
  tidy(() => crossEntropyLoss(relatedness(augmented, plain), own));

const count = (truth: Tensor): Tensor1D => sum(cast(truth, 'float32'), 1);

/** How many entries of a row come before its target in falling order, equal ones by position. [M, C], [M] → [M]. */
export const targetRank = (scores: Tensor2D, target: Tensor1D): Tensor1D =>
  tidy(() => {
    requireSameShape('rank of the target', { scores }, '[M, C]');
    const classes = scores.shape[1];
    requireLabels('rank of the target', target, { rows: { scores }, classes });
    const own = sum(mul(scores, oneHot(target, classes)), 1, true); // [M, 1]
    const earlier = less(expandDims(range(0, classes, 1, 'int32'), 0), expandDims(target, 1)); // [M, C]
    return add(count(greater(scores, own)), count(logicalAnd(equal(scores, own), earlier)));
  });

/**
 * Rows that the teacher teaches: all whose target ranks first, and of the others the ⌊share · others⌋ that rank best,
 * equal ones by position. `rank` [M] → 0 or 1 [M].
 */
export const keptRows = (rank: Tensor1D, share: number): Tensor1D =>
  tidy(() => {
    requireSameShape('rows that are taught', { rank }, '[M]');
    const wrong = cast(greater(rank, 0), 'float32'); // [M]
    const [self, other] = [expandDims(rank, 1), expandDims(rank, 0)];
    const place = range(0, rank.shape[0], 1, 'int32');
    const tied = logicalAnd(equal(other, self), less(expandDims(place, 0), expandDims(place, 1)));
    const ahead = cast(logicalOr(less(other, self), tied), 'float32'); // [M, M]
    const before = sum(mul(ahead, expandDims(wrong, 0)), 1); // [M]
    const quota = floor(add(mul(sum(wrong), share), 1e-4)); // a share such as 0.7 is a little less in float32
    const chosen = cast(less(before, quota), 'float32');
    return add(sub(1, wrong), mul(wrong, chosen));
  });

export interface SelectiveOptions extends TemperatureOptions {
  /** Part of the rows taught that the teacher itself gets wrong, 0 to 1. */
  readonly share: number;
}

/**
 * SSKD's selective transfer: T² · KL(teacher ‖ student), the mean over the rows that `keptRows` keeps. `student`,
 * `teacher` [M, C] scores, `target` [M] int32 → [] in nats.
 */
export const selectiveKl =
  ({ temperature, share }: SelectiveOptions) =>
  (student: Tensor2D, teacher: Tensor2D, target: Tensor1D): Scalar =>
    tidy(() => {
      requireSameShape('selective distillation', { student, teacher }, '[M, C]');
      const [kept] = untracked((): [Tensor1D] => [keptRows(targetRank(teacher, target), share)]);
      const rows = klRows(student, teacher, temperature); // [M]
      return mul(div(sum(mul(kept, rows)), add(sum(kept), 1e-12)), temperature ** 2);
    });
