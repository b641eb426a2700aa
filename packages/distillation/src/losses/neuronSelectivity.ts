import { requireSameLength } from '@understory/core';
import {
  add,
  div,
  matMul,
  mean,
  mul,
  reshape,
  square,
  squaredDifference,
  sub,
  sum,
  tidy,
  transpose,
  type Scalar,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { atCommonSize } from './resize.ts';
import { unitVectors } from './rows.ts';

/** Where each channel is active, as a unit vector over positions. [B, h, w, C] → [B, C, h·w]. */
const neuronsOf = (map: Tensor4D): Tensor3D => {
  const [batch, h, w, channels] = map.shape;
  return unitVectors(transpose(reshape(map, [batch, h * w, channels]), [0, 2, 1]));
};

/** Mean over images and pairs of channels of (u·v)². [B, C, N], [B, C', N] → []. */
const meanKernel = (u: Tensor3D, v: Tensor3D): Scalar => mean(square(matMul(u, v, false, true)));

/** Mean over channels of u·uᵀ: the kernel (u·v)² is the product of two such matrices. [B, C, N] → [B, N, N]. */
const secondMoment = (u: Tensor3D): Tensor => div(matMul(u, u, true, false), u.shape[1]);

/**
 * Neuron selectivity transfer of one pair of maps (Huang & Wang 2017, polynomial kernel of degree 2): the squared maximum
 * mean discrepancy between the networks' channels, as unit vectors over positions. `student` [B, h, w, C] and `teacher`
 * [B, h', w', C'], the larger one average-pooled to the smaller one's size → [], no unit.
 */
export const neuronSelectivityLoss = (student: Tensor4D, teacher: Tensor4D): Scalar =>
  tidy(() => {
    requireSameLength('neuron selectivity', { student, teacher }, '[B, h, w, C]');
    const [s, t] = atCommonSize(student, teacher);
    const [u, v] = [neuronsOf(s), neuronsOf(t)] as const;
    // Both are the same number; the smaller matrices are taken.
    if (u.shape[2] <= Math.min(u.shape[1], v.shape[1]))
      return mean(sum(squaredDifference(secondMoment(u), secondMoment(v)), [1, 2]));
    return sub(add(meanKernel(v, v), meanKernel(u, u)), mul(meanKernel(u, v), 2));
  });
