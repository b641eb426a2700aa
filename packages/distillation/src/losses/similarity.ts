import { requireSameRows } from '@understory/core';
import {
  div,
  matMul,
  squaredDifference,
  sum,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { flatRows, unitVectors } from './rows.ts';

/** How alike the images of a batch are: products of all pairs, rows of unit length. [B, …] → [B, B]. */
const similarities = (map: Tensor): Tensor2D => {
  const rows = flatRows(map);
  return unitVectors(matMul(rows, rows, false, true));
};

/**
 * Similarity-preserving distillation (Tung & Mori 2019): the squared distance of both B×B matrices over B². `student`,
 * `teacher` [B, …] maps of any size and width → [], no unit.
 */
export const similarityLoss = (student: Tensor, teacher: Tensor): Scalar =>
  tidy(() => {
    requireSameRows('similarity-preserving distillation', { student, teacher });
    return div(sum(squaredDifference(similarities(student), similarities(teacher))), student.shape[0] ** 2);
  });
