import { z } from 'zod';

/** Which first layers a network begins with. */
export type Stem = 'cifar' | 'imagenet';

/** Side of the images that a stem is made for, in pixels. */
export const STEM_SIZE: Readonly<Record<Stem, number>> = { cifar: 32, imagenet: 224 };

/** Options that several families share, each with its default. */
export const shared = {
  stem: z
    .enum(['cifar', 'imagenet'])
    .default('cifar')
    .describe(
      'First layers: `cifar` keeps more resolution (32-pixel images), `imagenet` divides it as published',
    ),
  width: z
    .number()
    .positive()
    .max(16)
    .default(1)
    .describe('Multiplies the channels of all stages; 0.25 begins a ResNet with 16'),
  depth: z.number().positive().max(16).default(1).describe('Multiplies the blocks of each stage, rounded up'),
};

/** Side of the patches that a stem cuts an image into, where another one is wanted than its own. */
export const patch = (sides: Readonly<Record<Stem, number>>) =>
  z
    .int()
    .positive()
    .optional()
    .describe(
      `Side of a patch in pixels: ${sides.imagenet} for the ImageNet stem, ${sides.cifar} for the CIFAR one`,
    );

const fraction = z.number().min(0).lt(1);

/** Probability that a residual branch is skipped, for its last block; it grows from 0 at the first. */
export const stochasticDepth = (rate: number) =>
  fraction
    .default(rate)
    .describe(
      'Probability that the last residual branch is skipped for a sample, 0 to below 1; earlier ones less',
    );

/** Probability that a number is zeroed in front of the classifier. */
export const dropout = (rate: number) =>
  fraction.default(rate).describe('Probability that a feature is zeroed before the classifier, 0 to below 1');

/** The two ways in which a network is written: as a popular CIFAR collection has it, or as its paper does. */
export const form = z
  .enum(['zoo', 'canonical'])
  .default('zoo')
  .describe(
    '`zoo`: as a popular CIFAR collection has it, biases in every convolution; `canonical`: as the paper has it',
  );
