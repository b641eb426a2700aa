import { requireSameShape, stopGradient } from '@understory/core';
import { mean, softmax, squaredDifference, tidy, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Mean Teacher's consistency (Tarvainen & Valpola 2017): squared difference of probabilities, mean over classes and
 * images. `student`, `teacher` [B, C] logits → [], no unit; the teacher takes no gradient.
 */
export const consistencyLoss = (student: Tensor2D, teacher: Tensor2D): Scalar =>
  tidy(() => {
    requireSameShape('consistency', { student, teacher }, '[B, C]');
    return mean(squaredDifference(softmax(student), softmax(stopGradient(teacher))));
  });
