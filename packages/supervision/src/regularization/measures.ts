import { requireSameShape, UnderstoryError, unitVectors, untracked } from '@understory/core';
import {
  add,
  argMax,
  cast,
  div,
  exp,
  eye,
  gather,
  log,
  logSoftmax,
  matMul,
  mean,
  mul,
  neg,
  relu,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  transpose,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** H of the softmax over the last axis. [..., C] → [...] in nats, 0 … ln C. */
const entropies = (logits: Tensor): Tensor => {
  const logP = logSoftmax(logits);
  return neg(sum(mul(exp(logP), logP), -1));
};

/** Mean of Σ_c q_c · log q_c, q the softmax over the last axis: 0 where all is sure, −ln C where nothing is. [..., C] → [] in nats. */
export const negativeEntropy = (logits: Tensor): Scalar => tidy(() => neg(mean(entropies(logits))));

/** Mean of max(0, least − H): what is less sure than `least` nats costs nothing (Pereyra et al. 2017, §3). [..., C] → []. */
export const confidencePenalty = (logits: Tensor, least: number): Scalar =>
  tidy(() => mean(relu(sub(least, entropies(logits)))));

const checkRows = (what: string, x: Tensor2D): number => {
  requireSameShape(what, { embeddings: x }, '[B, D]');
  if (x.shape[0] >= 2) return x.shape[0];
  throw new UnderstoryError(
    'bad-shape',
    `${what} compares images, and the batch has ${x.shape[0]}. Use a batch of two or more.`,
  );
};

/** Added to each difference and to each distance, as in DINOv2's code. */
const CLOSE = 1e-8;

/**
 * KoLeo (Sablayrolles et al. 2019, as in DINOv2): −mean log ‖x_i − x_nn‖ of unit rows, nn the one of largest cosine. The choice
 * is constant; both rows take gradient. `x` [B, D] of one view, rows of any length → [] in nats.
 */
export const koLeo = (x: Tensor2D): Scalar =>
  tidy(() => {
    const rows = checkRows('koleo', x);
    const unit = unitVectors(x);
    const [nearest] = untracked((): [Tensor1D] => {
      const cosines = sub(matMul(unit, unit, false, true), mul(eye(rows), 4)); // itself is farther than any
      return [cast(argMax<Tensor1D>(cosines, 1), 'int32')];
    });
    const apart = add(sub(unit, gather(unit, nearest)), CLOSE);
    const distances = sqrt(sum(square(apart), 1));
    return neg(mean(log(add(distances, CLOSE))));
  });

/**
 * Uniformity (Wang & Isola 2020): log mean exp(−2 ‖x_i − x_j‖²) over pairs of unit rows: 0 where all are equal, −8 at least.
 * `x` [B, D], rows of any length → [] in nats.
 */
export const uniformity = (x: Tensor2D): Scalar =>
  tidy(() => {
    const rows = checkRows('uniformity', x);
    const unit = unitVectors(x);
    const lengths = sum(square(unit), 1, true); // [B, 1], 1 each, or 0 of a row without direction
    const products = matMul(unit, unit, false, true); // [B, B]
    const squares = relu(sub(add(lengths, transpose(lengths)), mul(products, 2)));
    const others = mul(exp(mul(squares, -2)), sub(1, eye(rows)));
    return log(div<Scalar>(sum(others), rows * (rows - 1)));
  });
