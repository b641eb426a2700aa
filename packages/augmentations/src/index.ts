export { augmentationPlugins } from './plugins.ts';
export { cifarViews, type ViewSpec } from './views.ts';
export { colorJitter, colorJitterPlugin, ColorJitterOptions } from './colorJitter.ts';
export { crop, cropPlugin, CropOptions } from './crop.ts';
export { cutout, cutoutPlugin, CutoutOptions } from './cutout.ts';
export { flip, flipPlugin, FlipOptions } from './flip.ts';
export { grayscale, grayscalePlugin, GrayscaleOptions } from './grayscale.ts';
