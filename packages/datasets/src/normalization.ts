import type { Normalization } from '@understory/core';
import { z } from 'zod';

/** Per-channel constants in the range 0…1, as the field uses them. */
export const NORMALIZATIONS = {
  /** The popular triple: its standard deviation is the mean of the single images' ones. */
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  cifar100: { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  mnist: { mean: [0.1307, 0.1307, 0.1307], std: [0.3081, 0.3081, 0.3081] },
  /** Of all emoji outside the test split, both drawings, on white. */
  emoji: { mean: [0.805, 0.7516, 0.6991], std: [0.2824, 0.2774, 0.3312] },
} satisfies Record<string, Normalization>;
type Name = keyof typeof NORMALIZATIONS;

const triple = z.tuple([z.number(), z.number(), z.number()]);
const names = Object.keys(NORMALIZATIONS) as [Name, ...Name[]];

export const NormalizationOption = z
  .union([z.enum(names), z.strictObject({ mean: triple, std: triple })])
  .describe('mean and standard deviation per channel in 0…1, or the name of well-known ones');

export const normalizationOf = (option: z.output<typeof NormalizationOption>): Normalization =>
  typeof option === 'string' ? NORMALIZATIONS[option] : option;

/** The mean as a colour in 0…255: what fills up pictures that leave a part of the image free. */
export const meanColour = ([r, g, b]: Normalization['mean']): [number, number, number] => [
  Math.round(255 * r),
  Math.round(255 * g),
  Math.round(255 * b),
];
