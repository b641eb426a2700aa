import { requireSameLength } from '@understory/core';
import {
  mean,
  square,
  squaredDifference,
  tidy,
  type Scalar,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { atCommonSize } from './resize.ts';
import { flatRows, unitVectors } from './rows.ts';

/** Where a map is active: mean square over channels, unit length over positions. [B, h, w, C] → [B, h·w]. */
const attentionOf = (map: Tensor4D): Tensor2D => unitVectors(flatRows(mean(square(map), 3)));

/**
 * Attention transfer of one pair of maps (Zagoruyko & Komodakis 2017, with p = 2 and the mean over positions, as the CRD
 * authors' suite has it). `student` [B, h, w, C] and `teacher` [B, h', w', C'], the larger one average-pooled to the
 * smaller one's size → [], no unit.
 */
export const attentionLoss = (student: Tensor4D, teacher: Tensor4D): Scalar =>
  tidy(() => {
    requireSameLength('attention transfer', { student, teacher }, '[B, h, w, C]');
    const [a, b] = atCommonSize(student, teacher);
    return mean(squaredDifference(attentionOf(a), attentionOf(b)));
  });
