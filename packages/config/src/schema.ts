import type { Spec } from '@understory/core';
import { spec } from '@understory/core/zod';
import { z } from 'zod';
import { Engine, Freeze, Unlabelled, views, Weights } from './groups.ts';

/** A run, as people write it. Names are looked up in the registry; see `understory list`. */
export const ExperimentSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9](?:[\w.-]{0,98}[\w-])?$/,
      'expected up to 100 letters, digits, ".", "_" and "-"; a letter or digit first, and no "." last',
    )
    .default('run')
    .describe('folder name under runs/'),
  seed: z.int().min(0).default(0).describe('decides weights, order, views and dropout'),
  epochs: z.int().positive().default(10).describe('passes over the training images'),
  batch: z
    .int()
    .positive()
    .default(128)
    .describe('training images a step; the network sees them in every view'),
  lastBatch: z
    .enum(['keep', 'drop'])
    .default('keep')
    .describe('what happens to a smaller last batch of an epoch'),
  dataset: spec.describe('a dataset'),
  views: views
    .optional()
    .describe(
      'augmentations of each view, as many as the objectives need; what these were made for, else the official code of CIFAR or ImageNet',
    ),
  unlabelled: Unlabelled.optional().describe('semi-supervised training: a second stream without labels'),
  sampler: spec
    .default('shuffled')
    .describe(
      'which training images an epoch shows, and in which order; of the labelled ones where there are two streams',
    ),
  backbone: spec.default('resnet18').describe('a backbone'),
  weights: Weights.optional().describe(
    'a file or a run from which the backbone begins; a classifier of another number of classes starts afresh',
  ),
  task: spec.default('classification').describe('what is learned of an image'),
  freeze: Freeze.optional(),
  batchNorm: z
    .enum(['learn', 'still', 'fixed'])
    .default('learn')
    .describe(
      "the backbone's batch norm in training: learn normalises by the batch; still by the running averages that its weights brought; fixed leaves scale and offset too",
    ),
  syncBatchNorm: z
    .boolean()
    .default(false)
    .describe(
      "several workers: whether batch norm normalises by the batches of all of them, as one worker would, or by each one's own",
    ),
  objectives: z
    .array(spec)
    .min(1)
    .optional()
    .describe(
      "terms of the loss, added up; the task's own where nothing is said: cross-entropy and contrastive-deep-supervision in classification",
    ),
  optimizer: spec.default('sgd').describe('an optimizer'),
  schedule: spec.default('multi-step').describe('a learning-rate schedule'),
  accumulate: z
    .int()
    .positive()
    .default(1)
    .describe('steps whose gradients are averaged before the weights change; 1 for every step'),
  microBatches: z
    .int()
    .positive()
    .default(1)
    .describe(
      'parts in which a batch goes through the backbone, to save memory; all images are still contrasted at once',
    ),
  average: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      "share of the weights' moving average that stays at each update, 0.999 for example; evaluation uses the average; none where absent",
    ),
  patience: z
    .int()
    .positive()
    .optional()
    .describe('epochs without a better validation metric after which the run ends; all epochs where absent'),
  metrics: z
    .array(spec)
    .min(1)
    .optional()
    .describe(
      "the first number of the first one chooses the best epoch; the task's own where nothing is said: accuracy and calibration in classification",
    ),
  evaluators: z
    .array(spec)
    .default([])
    .describe('further numbers, from embeddings for example, each epoch or at the end of the run'),
  inferenceCrop: z
    .tuple([z.int().positive(), z.int().positive()], 'expected [height, width] in pixels, such as [224, 224]')
    .optional()
    .describe(
      'what the network sees of each image outside of training: its middle of [height, width] pixels; all of it where absent',
    ),
  selectOn: z
    .enum(['validation', 'test'])
    .default('validation')
    .describe('split that chooses the best checkpoint; "test" is the official code\'s way'),
  checkpointEvery: z
    .int()
    .min(0)
    .default(0)
    .describe('steps between checkpoints inside an epoch; 0 for its end alone'),
  reporters: z
    .array(spec)
    .default(['tensorboard'])
    .describe('what else is told of the run while it trains; metrics.jsonl and the terminal always are'),
  sections: z.array(spec).default([]).describe("further sections of the run's report"),
  engine: Engine.prefault({}).describe('how steps are run'),
  plugins: z.array(z.string()).default([]).describe('packages or files that export more plugins'),
});
/** A config with everything filled in, its task's objectives and metrics too. */
export type ExperimentConfig = Omit<z.output<typeof ExperimentSchema>, 'objectives' | 'metrics'> & {
  readonly objectives: readonly Spec[];
  readonly metrics: readonly Spec[];
};
/** What a person may leave out is optional here. */
export type ExperimentInput = z.input<typeof ExperimentSchema>;

/** Types a config that is written in TypeScript. */
export const defineExperiment = (config: ExperimentInput): ExperimentInput => config;
