export { defaultPlugins } from './defaultPlugins.ts';
export { emojiMethods, type Method } from './emoji.ts';
