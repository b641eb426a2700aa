import { stopGradient } from '@understory/core';
import {
  add,
  div,
  log,
  mean,
  mul,
  softmax,
  sub,
  sum,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Keeps logarithms finite: (p + ε) / (1 + Cε), as in the reference code. */
const EPSILON = 1e-8;

const smoothProbabilities = (logits: Tensor2D, temperature: number): Tensor2D => {
  const p = softmax(div(logits, temperature));
  return div(add(p, EPSILON), 1 + EPSILON * logits.shape[1]);
};

/**
 * KL divergence of what a branch says from what another teaches, T² · mean_b Σ_c p·log(p/q), with smoothed
 * probabilities; no gradient flows into the teaching side. Both [B, C] → [] in nats.
 */
export const smoothKl = (teaching: Tensor2D, learning: Tensor2D, temperature = 1): Scalar => {
  const p = smoothProbabilities(stopGradient(teaching), temperature);
  const q = smoothProbabilities(learning, temperature);
  return mul(mean(sum(mul(p, sub(log(p), log(q))), 1)), temperature ** 2);
};

/** `smoothKl` of every ordered pair of branches: learner after learner, each with all its teachers. M·(M − 1) numbers. */
export const mimicTerms = (logits: readonly Tensor2D[], temperature = 1): Scalar[] =>
  logits.flatMap((learning, m) =>
    logits.flatMap((teaching, n) => (n === m ? [] : [smoothKl(teaching, learning, temperature)])),
  );
