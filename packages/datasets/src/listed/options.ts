import { z } from 'zod';
import { ImagesOptions } from '../images/options.ts';
import { NormalizationOption } from '../normalization.ts';

const { shape } = ImagesOptions;
const side = z.int().min(1).max(4096);

/** Options that all datasets of official lists share. */
export const LISTED_OPTIONS = {
  size: z
    .tuple([side, side])
    .default([224, 224])
    .describe('height and width in pixels: shorter side resized (antialiased), then centre crop'),
  validation: shape.validation.describe(
    'share of the training images, of each class, that chooses the best checkpoint, where no official validation images are used; drawn by the seed',
  ),
  limit: shape.limit,
  onBadImage: shape.onBadImage.describe(
    'a listed image that is not there or cannot be read: an error that names it, or left out and counted (every image is decoded once when the dataset opens)',
  ),
  check: shape.check,
  links: shape.links,
  cache: shape.cache,
  maxPixels: shape.maxPixels,
  background: shape.background,
  normalization: NormalizationOption.default('imagenet'),
};

export const ListedOptions = z.strictObject({ root: z.string(), ...LISTED_OPTIONS });
/** What every dataset of official lists knows of its options. */
export type ParsedListedOptions = z.output<typeof ListedOptions>;

export const rootOption = (what: string): z.ZodString => z.string().min(1).describe(what);

export const cropOption = (boxes: string): z.ZodDefault<z.ZodEnum<{ none: 'none'; box: 'box' }>> =>
  z
    .enum(['none', 'box'])
    .default('none')
    .describe(
      `whole pictures, or cut to ${boxes} before they are resized, which the dataset's name then says`,
    );

export const trainOnOption = z
  .enum(['train+val', 'train'])
  .default('train+val')
  .describe(
    'official training and validation images together, as is common practice, or the training images alone: the official validation images then choose the best checkpoint',
  );
