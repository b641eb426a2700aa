import {
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  tidy,
  transpose,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { byPair, hasPair, type KernelPair } from './kernels.ts';

/**
 * Kernels that a backend may register for `attention`: `qkv` [B, N, 3·C], attribute `heads` → `y` [B, N, C], and `sums`
 * [B, heads, N], the logarithms of the sums of exponentials.
 */
export const ATTENTION = {
  forward: 'Attention',
  gradient: 'AttentionGrad',
  inputs: ['qkv'],
  outputs: ['y', 'sums'],
  keeps: ['qkv', 'y', 'sums'],
} as const satisfies KernelPair;

const composed = (qkv: Tensor, heads: number): Tensor3D => {
  const [, tokens, three] = qkv.shape as [number, number, number];
  const size = three / 3 / heads;
  const split = transpose(reshape(qkv, [-1, tokens, 3 * heads, size]), [0, 2, 1, 3]); // [B, 3·heads, N, d]
  const part = (i: number): Tensor => slice(split, [0, i * heads, 0, 0], [-1, heads, -1, -1]);
  const scores = softmax(matMul(mul(part(0), size ** -0.5), part(1), false, true)); // [B, heads, N, N]
  const mixed = matMul(scores, part(2)); // [B, heads, N, d]
  return reshape(transpose(mixed, [0, 2, 1, 3]), [-1, tokens, three / 3]);
};

/**
 * Multi-head self-attention (Vaswani et al. 2017, section 3.2) of tokens whose queries, keys and values stand side by side:
 * [B, N, 3·C] → [B, N, C], scores scaled by 1/√(C / heads). C is a multiple of `heads`.
 */
export const attention = (qkv: Tensor, heads: number): Tensor3D =>
  hasPair(ATTENTION) ? (byPair(ATTENTION, [qkv], { heads }) as Tensor3D) : tidy(() => composed(qkv, heads));
