export { augmentationPlugins, mixingPlugins } from './plugins.ts';
export {
  cifarViews,
  detectionViews,
  evaluationView,
  fixMatchViews,
  imagenetViews,
  sskdViews,
  type ViewSpec,
} from './views.ts';
export { sequence } from './sequence.ts';

export { boxCrop, boxCropPlugin, BoxCropOptions } from './geometric/boxCrop.ts';
export { mosaic, mosaicPlugin, MosaicOptions } from './mixing/mosaic.ts';
export { photometric, photometricPlugin, PhotometricOptions } from './colour/photometric.ts';
export { scaleJitter, scaleJitterPlugin, ScaleJitterOptions } from './geometric/scaleJitter.ts';
export { autoAugment, autoAugmentPlugin, AutoAugmentOptions } from './policy/autoAugment.ts';
export { autocontrast, autocontrastPlugin, AutocontrastOptions } from './colour/autocontrast.ts';
export { centerCrop, centerCropPlugin, CenterCropOptions } from './geometric/centerCrop.ts';
export { colorJitter, colorJitterPlugin, ColorJitterOptions } from './colour/colorJitter.ts';
export { crop, cropPlugin, CropOptions } from './geometric/crop.ts';
export { cutout, cutoutPlugin, CutoutOptions } from './erasing/cutout.ts';
export { equalize, equalizePlugin, EqualizeOptions } from './colour/equalize.ts';
export { fixMatchAugment, fixMatchAugmentPlugin, FixMatchAugmentOptions } from './policy/fixMatchAugment.ts';
export { flip, flipPlugin, FlipOptions } from './geometric/flip.ts';
export { gaussianBlur, gaussianBlurPlugin, GaussianBlurOptions } from './colour/gaussianBlur.ts';
export { grayscale, grayscalePlugin, GrayscaleOptions } from './colour/grayscale.ts';
export { invert, invertPlugin, InvertOptions } from './colour/invert.ts';
export { posterize, posterizePlugin, PosterizeOptions } from './colour/posterize.ts';
export { randAugment, randAugmentPlugin, RandAugmentOptions } from './policy/randAugment.ts';
export { randomApply, randomApplyPlugin, RandomApplyOptions } from './randomApply.ts';
export { randomErasing, randomErasingPlugin, RandomErasingOptions } from './erasing/randomErasing.ts';
export {
  randomResizedCrop,
  randomResizedCropPlugin,
  RandomResizedCropOptions,
} from './geometric/randomResizedCrop.ts';
export { resize, resizePlugin, ResizeOptions } from './geometric/resize.ts';
export { rotate90, rotate90Plugin, Rotate90Options } from './geometric/rotate90.ts';
export { rotation, rotationPlugin, RotationOptions } from './geometric/rotation.ts';
export { sharpness, sharpnessPlugin, SharpnessOptions } from './colour/sharpness.ts';
export { shear, shearPlugin, ShearOptions } from './geometric/shear.ts';
export { solarize, solarizePlugin, SolarizeOptions } from './colour/solarize.ts';
export { translate, translatePlugin, TranslateOptions } from './geometric/translate.ts';
export { trivialAugment, trivialAugmentPlugin, TrivialAugmentOptions } from './policy/trivialAugment.ts';

export { mixup, mixupPlugin, MixupOptions } from './mixing/mixup.ts';
export { cutmix, cutmixPlugin, CutmixOptions } from './mixing/cutmix.ts';
