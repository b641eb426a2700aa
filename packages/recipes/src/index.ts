export { defaultPlugins } from './defaultPlugins.ts';
export { defaultViews } from './defaultViews.ts';
export { emojiMethods, EMOJI_EPOCHS, type EmojiMethod } from './emoji.ts';
export { emojiKept, type EmojiKept } from './emojiKept.ts';
export { tables } from './tables/index.ts';
export {
  OF_CLASSES,
  rowOf,
  seedOfRow,
  seedsOf,
  type Measure,
  type Row,
  type Scale,
  type Table,
  type TableRequest,
} from './tables/table.ts';
