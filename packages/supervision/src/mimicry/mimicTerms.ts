import { requireSameShape, stopGradient } from '@understory/core';
import {
  abs,
  add,
  customGrad,
  div,
  expm1,
  less,
  log,
  log1p,
  max,
  mean,
  mul,
  softmax,
  square,
  sub,
  sum,
  where,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Keeps logarithms finite: (p + ε) / (1 + Cε), as in the reference code. */
const EPSILON = 1e-8;

/** Rows whose logits differ by less than this, up to a shift, are near. */
const NEAR = 0.5;

const smooth = (p: Tensor): Tensor => div(add(p, EPSILON), 1 + EPSILON * p.shape[1]!);

/** (eᵈ − 1 − d) / d² by its series, 1/2 + d/6 + … + d⁶/8!: exact to float32 for |d| < 0.65, the farthest in near rows. */
const SERIES = [1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2];

/** eᵈ − 1 − d without cancellation; its slope is eᵈ − 1. */
const excess = (x: Tensor): Tensor =>
  customGrad((input, save) => {
    const d = input as Tensor;
    (save as (tensors: Tensor[]) => void)([d]);
    const series = SERIES.reduce((sum, factor) => add(mul(sum, d), factor), zerosLike(d));
    const gradFunc = (dy: Tensor, [at]: Tensor[]): Tensor => mul(dy, expm1(at!));
    return { value: mul(square(d), series), gradFunc };
  })(x);

/**
 * p·(eᵈ − 1 − d) with d = log q/p, which adds up to Σ p·log(p/q) and has no negative part that would cancel: the
 * divergence of near rows is some 1e-5 that is left of numbers near 1. `gap` [B, C]: logits of q less those of p.
 */
const nearKl = (p: Tensor, gap: Tensor): Tensor => {
  const ratio = sub(gap, log1p(sum(mul(p, expm1(gap)), 1, true))); // log q/p, not smoothed
  return mul(smooth(p), excess(log1p(mul(div(p, add(p, EPSILON)), expm1(ratio)))));
};

const farKl = (p: Tensor, q: Tensor): Tensor => mul(smooth(p), sub(log(smooth(p)), log(smooth(q))));

/**
 * KL divergence of what a branch says from what another teaches, T² · mean_b Σ_c p·log(p/q), with smoothed
 * probabilities; no gradient flows into the teaching side. Both [B, C] → [] in nats.
 */
export const smoothKl = (teaching: Tensor2D, learning: Tensor2D, temperature = 1): Scalar => {
  requireSameShape('mimicry', { teaching, learning }, '[B, C]');
  const taught = div(stopGradient(teaching), temperature);
  const learned = div(learning, temperature);
  const [p, q] = [softmax(taught), softmax(learned)];
  const apart = sub(learned, taught);
  const gap = sub(apart, sum(mul(p, apart), 1, true)); // [B, C], a shift of all logits counts for nothing
  const near = less(max(abs(stopGradient(gap)), 1, true), NEAR); // [B, 1]
  // Far rows do not enter the near form, where they would overflow and spoil the gradient.
  const each = where(near, nearKl(p, where(near, gap, zerosLike(gap))), farKl(p, q)); // [B, C]
  return mul(mean(sum(each, 1)), temperature ** 2);
};

/** `smoothKl` of every ordered pair of branches: learner after learner, each with all its teachers. M·(M − 1) numbers. */
export const mimicTerms = (logits: readonly Tensor2D[], temperature = 1): Scalar[] =>
  logits.flatMap((learning, m) =>
    logits.flatMap((teaching, n) => (n === m ? [] : [smoothKl(teaching, learning, temperature)])),
  );
