import { exp, logSoftmax, mean, mul, neg, oneHot, sub, sum, type Scalar } from '@tensorflow/tfjs-core';
import { CLASSIFICATION_LOSS, plugin, type ClassificationLoss } from '@understory/core';
import { z } from 'zod';

/** Cross-entropy beside which a share of confidence is taken back: −log p, minus the entropy of p. */
export const ownPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'own',
  summary: 'Cross-entropy that likes doubt',
  options: z.strictObject({
    doubt: z.number().min(0).default(0.1).describe('multiplies the entropy, no unit'),
  }),
  create:
    ({ doubt }): ClassificationLoss =>
    (logits, labels) => {
      const logs = logSoftmax(logits); // [B, C]
      const chosen = sum(mul(logs, oneHot(labels, logits.shape[1])), 1); // [B]
      const entropy = neg(sum(mul(logs, exp(logs)), 1)); // [B]
      return mean<Scalar>(sub(neg(chosen), mul(doubt, entropy))); // []
    },
});
