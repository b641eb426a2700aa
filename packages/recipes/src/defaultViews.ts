import { cifarViews, detectionViews, fixMatchViews, sskdViews } from '@understory/augmentations';
import type { ViewSets } from '@understory/config';

/** Views for configs that name none: the official CIFAR code's, and those that SSKD, FixMatch and detectors were made for. */
export const defaultViews = (): ViewSets => ({
  default: cifarViews(),
  sskd: sskdViews(),
  fixmatch: fixMatchViews(),
  detection: detectionViews(),
});
