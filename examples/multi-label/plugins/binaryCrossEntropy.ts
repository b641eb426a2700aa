import {
  classLogits,
  findStream,
  OBJECTIVE,
  plugin,
  UnderstoryError,
  type BuildContext,
  type Objective,
} from '@understory/core';
import { mean, mul, softplus, sub, tidy, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { LABELS_TARGET } from './task.ts';

const NAME = 'binary-cross-entropy';

const BinaryCrossEntropyOptions = z.strictObject({
  weight: z.number().min(0).default(1).describe('multiplies the term, no unit'),
});

/**
 * Mean over images and labels of −y log σ(x) − (1 − y) log (1 − σ(x)), in nats. `logits` and `labels` [B, C] → [].
 * Written as log(1 + eˣ) − x y, which stays finite however large a logit is.
 */
export const binaryCrossEntropyLoss = (logits: Tensor, labels: Tensor): Scalar =>
  tidy(() => mean<Scalar>(sub(softplus(logits), mul(logits, labels))));

/** Refuses, before the first step, a dataset or a task that has no labels to learn. */
const checkTargets = ({ task, targets, outputs }: BuildContext): void => {
  const labels = targets[LABELS_TARGET];
  if (labels?.kind === 'labels' && labels.shape.join() === outputs['logits']?.join()) return;
  throw new UnderstoryError(
    'task',
    `${NAME} needs a target "labels" with a 0 or 1 for each of the network's logits; task "${task}" on this dataset ` +
      'has none. Set "task: multi-label", and a dataset with such a target.',
  );
};

/** How well each label of an image is told by itself, on the first view. Term: `bce`. */
export const binaryCrossEntropy = ({ weight }: z.output<typeof BinaryCrossEntropyOptions>): Objective => ({
  name: NAME,
  build(context) {
    checkTargets(context);
    const { name: stream } = findStream(NAME, context.streams, { labelled: true });
    const select = { stream, view: 0 };
    return {
      modules: {},
      terms(step) {
        const logits = step.rows(classLogits(step), select);
        const value = binaryCrossEntropyLoss(logits, step.target(LABELS_TARGET, select));
        return { terms: { bce: { value, weight } } };
      },
    };
  },
});

export const binaryCrossEntropyPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Cross-entropy of each label by itself, on the logits of the last layer',
  options: BinaryCrossEntropyOptions,
  create: binaryCrossEntropy,
});
