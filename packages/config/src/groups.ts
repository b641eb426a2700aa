import { spec, weightNames } from '@understory/core/zod';
import { z } from 'zod';

const VIEW =
  'expected a list: "views" is a list of views, each a list of augmentations, as in [[crop, flip], [crop]]';
/** Views of an image, each a list of augmentations. */
export const views = z.array(z.array(spec, VIEW)).min(1);

const SHARE =
  'expected a share above 0 and below 1: 0.1 keeps a tenth of the labels. To use them all, leave "unlabelled" out';

/** A second stream: the rest of the training images, whose labels are not used. */
export const Unlabelled = z.strictObject({
  labelled: z
    .number()
    .gt(0, SHARE)
    .lt(1, SHARE)
    .default(0.1)
    .describe(
      'share of training labels that is kept, drawn by seed: of each class as much, where images have one class each',
    ),
  batch: z
    .int()
    .min(0)
    .default(128)
    .describe('unlabelled images a step; 0 for training on the labelled share alone'),
  views: views
    .optional()
    .describe(
      'views of an unlabelled image; the key above, or what the objectives were made for, by default',
    ),
});

/** Weights that somebody trained: where a run begins. */
export const Weights = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe("safetensors, or what torch.save wrote; counts from the config's folder"),
    run: z
      .string()
      .min(1)
      .optional()
      .describe("a run's folder, whose best weights are taken; counts from the config's folder"),
    ...weightNames,
  })
  .refine(
    ({ file, run }) => (file === undefined) !== (run === undefined),
    'expected "file" or "run", one of them',
  );

/** Stages that do not learn for a while. */
export const Freeze = z
  .strictObject({
    upTo: z
      .string()
      .min(1)
      .describe(
        'the deepest stage that stays as it is, with all before it, by tap name; "all" for the whole backbone',
      ),
    from: z.int().min(0).default(0).describe('epoch at which it begins, counted from 0'),
    until: z.int().positive().optional().describe('epoch at which it ends; never where absent'),
    batchNorm: z
      .boolean()
      .default(true)
      .describe("whether the frozen stages' batch norm uses its running averages meanwhile, and leaves them"),
  })
  .describe('stages that do not learn for a while, of a network that begins with trained weights');

/** How steps are run. */
export const Engine = z.strictObject({
  mode: z
    .enum(['auto', 'compiled', 'eager'])
    .default('auto')
    .describe('compiled graphs where native TensorFlow is there; eager op by op'),
  precision: z
    .enum(['float32', 'bfloat16', 'bfloat16-stored', 'auto'])
    .default('float32')
    .describe(
      'of convolutions and what lies between them, in compiled steps; losses and weights stay in float32. "bfloat16-stored" takes 16 bits in memory and multiplies in float32; "auto" measures a few steps at first use and takes the fastest, which the run keeps',
    ),
  recompute: z
    .boolean()
    .default(false)
    .describe(
      'whether maps of the backbone are computed a second time on the way back instead of being held: less memory, the same numbers, a longer step; in compiled steps',
    ),
  threads: z.int().min(0).max(1024).default(0).describe('CPU threads of one op; 0 for all cores'),
});
