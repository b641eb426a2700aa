import { z } from 'zod';

/** Whose settings a detector has where two implementations differ. */
export const variant = z
  .enum(['mmdetection', 'torchvision'])
  .default('mmdetection')
  .describe(
    'whose details are taken where they differ: anchors, coarser levels, first weights; mmdetection is what the paper used',
  );

export type Variant = z.output<typeof variant>;

export const width = z.int().positive().default(256).describe('channels of the pyramid and the heads');

export const ratios = z
  .array(z.number().positive())
  .min(1)
  .default([0.5, 1, 2])
  .describe('heights of the anchors divided by their widths');

/** Which boxes a detector tells, in inference. */
export const told = {
  least: z.number().min(0).max(1).default(0.05).describe('probability from which on a box is told'),
  overlap: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('intersection over union above which the less probable of two boxes of a class is dropped'),
  most: z.int().positive().max(10_000).default(100).describe('boxes that are told of an image at most'),
} as const;

const share = (value: number) => z.number().min(0).max(1).default(value);

/** Which anchors learn which boxes. */
export const overlaps = (positive: number, negative: number) =>
  ({
    positive: share(positive).describe(
      'intersection over union with a box from which on an anchor is to tell it',
    ),
    negative: share(negative).describe('below this with every box, an anchor shows background'),
  }) as const;

/** How far predicted and true boxes are apart. */
export const boxLoss = z
  .enum(['l1', 'smooth-l1', 'giou'])
  .optional()
  .describe(
    "what is summed over the boxes; l1 by default, smooth-l1 in Faster R-CNN of torchvision's variant",
  );

export const boxWeight = z.number().min(0).default(1).describe("multiplies the boxes' term, no unit");
