import {
  CLASSIFICATION_LOSS,
  classLogits,
  crossEntropyOf,
  findStream,
  LABEL,
  OBJECTIVE,
  plugin,
  requireClasses,
  UnderstoryError,
  withClassWeights,
  type ClassificationLoss,
  type Objective,
} from '@understory/core';
import { classWeights, labelSmoothing, spec, streamName, weight } from '@understory/core/zod';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { requireWeighted } from './requireWeighted.ts';

const NAME = 'cross-entropy';

const Settings = z.strictObject({
  weight: weight(1),
  labelSmoothing: labelSmoothing(),
  classWeights,
  view: z
    .union([z.literal('all'), z.int().min(0)])
    .default(0)
    .describe('view that the classifier learns from, counted from 0, or "all"'),
  stream: streamName('labelled'),
});
export const CrossEntropyOptions = Settings.extend({
  loss: spec.optional().describe('another loss of logits and labels; then labelSmoothing must be 0'),
});
export type CrossEntropyOptions = z.input<typeof Settings> & { loss?: ClassificationLoss | undefined };

/**
 * The task: mean cross-entropy of the last layer's logits with the labels, on one view (the first, as in the official
 * code) or on all. Term: `ce`.
 */
export const crossEntropy = ({ loss, ...options }: CrossEntropyOptions = {}): Objective => {
  const { weight, labelSmoothing, view, stream, classWeights: setting } = Settings.parse(options);
  if (loss && labelSmoothing > 0)
    throw new UnderstoryError(
      'options',
      `${NAME}: labelSmoothing belongs to the own loss. Give it to "loss" instead.`,
    );
  const compare = loss ?? crossEntropyOf(labelSmoothing);
  requireWeighted(NAME, compare, setting);
  return {
    name: NAME,
    build(context) {
      const { streams } = context;
      const lossOf = withClassWeights(NAME, setting, context, compare);
      const views = view === 'all' ? 1 : view + 1;
      const { name } = findStream(NAME, streams, { stream, views, labelled: true });
      requireClasses(NAME, context, { labels: true, logits: true });
      const isMean = setting === undefined && !loss; // weights of classes are counted over all workers
      return {
        modules: {},
        ...(isMean && { rows: 'own' as const }),
        terms(step) {
          const select = view === 'all' ? { stream: name } : { stream: name, view };
          const labels = step.target(LABEL, select) as Tensor1D;
          return { terms: { ce: { value: lossOf(step.rows(classLogits(step), select), labels), weight } } };
        },
      };
    },
  };
};

export const crossEntropyPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "The task: cross-entropy of the last layer's logits",
  when: 'You classify. It trains the last layer, and stands beside every other objective.',
  source: "the task's own loss, as in the released code",
  options: CrossEntropyOptions,
  uses: { loss: CLASSIFICATION_LOSS },
  create: crossEntropy,
});
