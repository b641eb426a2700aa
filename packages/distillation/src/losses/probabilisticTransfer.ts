import { requireSameLength, stopGradient } from '@understory/core';
import {
  add,
  div,
  expandDims,
  greater,
  log,
  maximum,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  transpose,
  where,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Keeps lengths and logarithms from 0, as in the released code. */
const EPSILON = 1e-7;

/** Under this square of its length a row counts as 0 and takes no gradient. */
const NOTHING = 1e-30;

/**
 * How likely each row is to choose each as its neighbour: (u_i·u_j + 1) / 2 with u = x / (‖x‖ + 1e-7), over the row's sum.
 * [B, D] → [B, B]. Taken from u_i + u_j and not from the product, which is nothing but rounding where rows are opposite.
 */
const neighbours = (x: Tensor2D): Tensor2D => {
  const squares: Tensor2D = sum(square(x), 1, true); // [B, 1]
  const length: Tensor2D = where(
    greater(stopGradient(squares), NOTHING),
    sqrt(maximum(squares, NOTHING)),
    zerosLike(squares),
  );
  const long = add(length, EPSILON);
  const unit = div(x, long);
  const short: Tensor2D = div(mul(add(mul(length, 2), EPSILON), EPSILON), square(long)); // 1 − ‖u‖²
  const together = sum(square(add(expandDims(unit, 0), expandDims(unit, 1))), 2); // [B, B]: ‖u_i + u_j‖²
  const kernel: Tensor = mul(add(add(together, short), transpose(short)), 0.25);
  return div(kernel, sum(kernel, 1, true));
};

/**
 * Probabilistic knowledge transfer (Passalis & Tefas 2018): the mean over all B² entries of p·log(p/q), p the teacher's and
 * q the student's chances of neighbours in the batch, smoothed by 1e-7; the diagonal counts. `student` [B, D], `teacher`
 * [B, D'] → [] in nats; 0 for one row. Uses B²·D numbers.
 */
export const neighbourChanceLoss = (student: Tensor2D, teacher: Tensor2D): Scalar =>
  tidy(() => {
    requireSameLength('probabilistic transfer', { student, teacher }, '[B, D]');
    const [q, p] = [neighbours(student), neighbours(teacher)] as const;
    return mean(mul(p, sub(log(add(p, EPSILON)), log(add(q, EPSILON)))));
  });
