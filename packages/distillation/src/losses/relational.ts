import { requireSameLength } from '@understory/core';
import {
  abs,
  add,
  div,
  expandDims,
  eye,
  matMul,
  maximum,
  mean,
  minimum,
  mul,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { unitVectors } from './rows.ts';

export interface RelationalOptions {
  /** Factor of the distance part, no unit. */
  readonly distance: number;
  /** Factor of the angle part, no unit. */
  readonly angle: number;
}

/** Mean of ½d² where |d| < 1 and |d| − ½ elsewhere: Huber's loss with β = 1, of all entries. */
const smoothL1 = (a: Tensor, b: Tensor): Scalar => {
  const d = abs(sub(a, b));
  const near = minimum(d, 1);
  return mean(mul(near, sub(d, mul(near, 0.5))));
};

/** x_j − x_k at [k, j]. [B, D] → [B, B, D]. */
const differences = (x: Tensor2D): Tensor3D => sub(expandDims(x, 0), expandDims(x, 1));

/** Distances of all pairs over their mean, 0 of a row to itself. [B, B, D] → [B, B]. */
const relativeDistances = (difference: Tensor3D): Tensor2D => {
  const count = difference.shape[0];
  const length: Tensor2D = sqrt(maximum(sum(square(difference), 2), 1e-12)); // [B, B]
  const others = mul(length, sub(1, eye(count)));
  return div(others, div(sum(others), count * (count - 1)));
};

/** Cosine of the angle at x_k between x_i and x_j, at [k, i, j]. [B, B, D] → [B, B, B]. */
const angles = (difference: Tensor3D): Tensor3D => {
  const unit = unitVectors(difference);
  return matMul(unit, unit, false, true);
};

/**
 * Relational knowledge distillation (Park et al. 2019): how far rows are from each other, relative to the mean distance,
 * and the angles that they make. `student` [B, D], `teacher` [B, D'], rows as they are → [], no unit. Uses B²·D and B³
 * numbers. The distances are taken from the differences themselves, which loses less precision than |a|² + |b|² − 2ab.
 */
export const relationalLoss =
  ({ distance, angle }: RelationalOptions) =>
  (student: Tensor2D, teacher: Tensor2D): Scalar =>
    tidy(() => {
      requireSameLength('relational distillation', { student, teacher }, '[B, D]');
      const [s, t] = [differences(student), differences(teacher)];
      const far = mul(smoothL1(relativeDistances(s), relativeDistances(t)), distance);
      return add(far, mul(smoothL1(angles(s), angles(t)), angle));
    });
