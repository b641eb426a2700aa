import { softCrossEntropyRows } from '@understory/core';
import { div, exp, mean, mul, neg, softmax, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireTaught, type LabelledKl } from './decoupled.ts';
import type { TemperatureOptions } from './logits.ts';
import { logChance, oddsAgainst, otherClasses } from './otherClasses.ts';

/**
 * NKD's part of the own class (Yang et al. 2023, eq. 7): −mean p_y · log q_y, p the teacher's and q the student's
 * probability, both at T = 1. Logits [B, C], labels [B] int32 → [] in nats.
 */
export const targetCrossEntropy: LabelledKl = (student, teacher, labels) =>
  tidy(() => {
    requireTaught('normalised distillation', [student, teacher, labels]);
    const taught = exp(logChance(oddsAgainst(teacher, labels))); // [B]
    return neg(mean(mul(taught, logChance(oddsAgainst(student, labels)))));
  });

/**
 * NKD's part of the other classes (Yang et al. 2023, eq. 7): T² · mean cross-entropy of the student's with the teacher's
 * probabilities among the C − 1 classes that are not the row's own. A cross-entropy: not 0 where both agree. Logits
 * [B, C], labels [B] int32 → [] in nats.
 */
export const othersCrossEntropy =
  ({ temperature }: TemperatureOptions): LabelledKl =>
  (student, teacher, labels) =>
    tidy(() => {
      requireTaught('normalised distillation', [student, teacher, labels]);
      const [s, t] = [student, teacher].map((o) => div(otherClasses(o, labels), temperature)) as [
        Tensor2D,
        Tensor2D,
      ];
      return mul(mean(softCrossEntropyRows(s, softmax(t))), temperature ** 2);
    });
