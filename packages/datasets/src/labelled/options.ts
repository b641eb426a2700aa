import { ImagesOptions } from '../images/options.ts';
import { LimitOption, ValidationOption } from '../splits/limits.ts';

const { shape } = ImagesOptions;

/** Options that datasets of listed images and their labels share. */
export const LABELLED_OPTIONS = {
  classes: shape.classes.describe(
    'names of the classes, in order: labels that are numbers count into it from 0, and images of other labels are left out and counted; default: the labels of the training images, sorted',
  ),
  links: shape.links,
  size: shape.size,
  validation: ValidationOption.describe(
    'share of the training images, of each class, that chooses the best checkpoint, where the source has no validation images',
  ),
  testShare: shape.testShare.describe(
    'share of the training images, of each class, that is tested on where there is no test set; alike for all seeds; default: 0.2, and 0 where there are validation images',
  ),
  limit: LimitOption,
  onBadImage: shape.onBadImage,
  check: shape.check,
  cache: shape.cache,
  maxPixels: shape.maxPixels,
  background: shape.background,
  normalization: shape.normalization,
};
