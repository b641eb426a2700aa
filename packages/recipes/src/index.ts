export { defaultPlugins } from './defaultPlugins.ts';
export { cifarViews as defaultViews } from '@understory/augmentations';
export { emojiMethods, type Method } from './emoji.ts';
