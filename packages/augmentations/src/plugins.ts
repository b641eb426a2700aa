import type { AnyPlugin } from '@understory/core';
import { autoAugmentPlugin } from './policy/autoAugment.ts';
import { autocontrastPlugin } from './colour/autocontrast.ts';
import { centerCropPlugin } from './geometric/centerCrop.ts';
import { colorJitterPlugin } from './colour/colorJitter.ts';
import { cropPlugin } from './geometric/crop.ts';
import { cutoutPlugin } from './erasing/cutout.ts';
import { equalizePlugin } from './colour/equalize.ts';
import { fixMatchAugmentPlugin } from './policy/fixMatchAugment.ts';
import { cutmixPlugin } from './mixing/cutmix.ts';
import { mixupPlugin } from './mixing/mixup.ts';
import { boxCropPlugin } from './geometric/boxCrop.ts';
import { mosaicPlugin } from './mixing/mosaic.ts';
import { photometricPlugin } from './colour/photometric.ts';
import { scaleJitterPlugin } from './geometric/scaleJitter.ts';
import { flipPlugin } from './geometric/flip.ts';
import { gaussianBlurPlugin } from './colour/gaussianBlur.ts';
import { grayscalePlugin } from './colour/grayscale.ts';
import { invertPlugin } from './colour/invert.ts';
import { posterizePlugin } from './colour/posterize.ts';
import { randAugmentPlugin } from './policy/randAugment.ts';
import { randomApplyPlugin } from './randomApply.ts';
import { randomErasingPlugin } from './erasing/randomErasing.ts';
import { randomResizedCropPlugin } from './geometric/randomResizedCrop.ts';
import { resizePlugin } from './geometric/resize.ts';
import { rotate90Plugin } from './geometric/rotate90.ts';
import { rotationPlugin } from './geometric/rotation.ts';
import { sharpnessPlugin } from './colour/sharpness.ts';
import { shearPlugin } from './geometric/shear.ts';
import { solarizePlugin } from './colour/solarize.ts';
import { translatePlugin } from './geometric/translate.ts';
import { trivialAugmentPlugin } from './policy/trivialAugment.ts';

/** All augmentations of this package, for a registry. */
export const augmentationPlugins: readonly AnyPlugin[] = [
  cropPlugin,
  flipPlugin,
  cutoutPlugin,
  colorJitterPlugin,
  grayscalePlugin,
  randomResizedCropPlugin,
  resizePlugin,
  centerCropPlugin,
  gaussianBlurPlugin,
  solarizePlugin,
  posterizePlugin,
  invertPlugin,
  autocontrastPlugin,
  equalizePlugin,
  sharpnessPlugin,
  rotationPlugin,
  shearPlugin,
  translatePlugin,
  rotate90Plugin,
  randomErasingPlugin,
  randAugmentPlugin,
  trivialAugmentPlugin,
  autoAugmentPlugin,
  fixMatchAugmentPlugin,
  randomApplyPlugin,
  scaleJitterPlugin,
  boxCropPlugin,
  photometricPlugin,
  mosaicPlugin,
];

/** Ways to mix the images of a batch, for a registry. */
export const mixingPlugins: readonly AnyPlugin[] = [mixupPlugin, cutmixPlugin];
