import {
  findStream,
  OBJECTIVE,
  plugin,
  UnderstoryError,
  type BuildContext,
  type Objective,
} from '@understory/core';
import {
  cast,
  div,
  greaterEqual,
  less,
  logicalAnd,
  logSoftmax,
  maximum,
  mul,
  neg,
  oneHot,
  reshape,
  sum,
  tidy,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { MASK } from './task.ts';

const NAME = 'pixel-cross-entropy';

const PixelCrossEntropyOptions = z.strictObject({
  weight: z.number().min(0).default(1).describe('multiplies the term, no unit'),
});

/**
 * Mean of −log softmax(logits) at each pixel's class, in nats, over the pixels that have one; 0 where none has.
 * `logits` [B, H, W, C], `mask` [B, H, W] int32, whose numbers outside of 0 … C − 1 are no class → [].
 */
export const pixelCrossEntropyLoss = (logits: Tensor, mask: Tensor): Scalar =>
  tidy(() => {
    const classes = logits.shape.at(-1)!;
    const labels = reshape(mask, [-1]); // [N]
    const known = cast(logicalAnd(greaterEqual(labels, 0), less(labels, classes)), 'float32'); // [N]
    const costs = neg(sum(mul(oneHot(labels, classes), logSoftmax(reshape(logits, [-1, classes]))), 1)); // [N]
    return div(sum(mul(costs, known)), maximum(sum(known), 1));
  });

/** Refuses, before the first step, a dataset or a task that has no pixels to learn. */
const checkMaps = ({ task, targets, outputs }: BuildContext): void => {
  const mask = targets[MASK];
  const logits = outputs['logits'];
  if (mask?.kind === 'map' && logits?.length === 3 && mask.shape.join() === logits.slice(0, 2).join()) return;
  throw new UnderstoryError(
    'task',
    `${NAME} needs a target "${MASK}" with a class for each pixel of the network's logits; task "${task}" gives ` +
      `logits [${logits?.join(', ') ?? ''}], the mask is [${mask?.shape.join(', ') ?? ''}]. Set "task: segmentation".`,
  );
};

/** How well each pixel's class is told, on the first view. Term: `ce`. */
export const pixelCrossEntropy = ({ weight }: z.output<typeof PixelCrossEntropyOptions>): Objective => ({
  name: NAME,
  build(context) {
    checkMaps(context);
    const { name: stream } = findStream(NAME, context.streams, { labelled: true });
    const select = { stream, view: 0 };
    return {
      modules: {},
      terms(step) {
        const value = pixelCrossEntropyLoss(
          step.rows(step.outputs['logits']!, select),
          step.target(MASK, select),
        );
        return { terms: { ce: { value, weight } } };
      },
    };
  },
});

export const pixelCrossEntropyPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "Cross-entropy of each pixel's class",
  options: PixelCrossEntropyOptions,
  create: pixelCrossEntropy,
});
