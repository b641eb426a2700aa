export { defaultViews } from './defaultViews.ts';
export { emojiMethods, EMOJI_EPOCHS, EMOJI_TITLE, type EmojiMethod } from './emoji.ts';
export { emojiKept, type EmojiKept } from './emojiKept.ts';
export { isPhoto, suitedBatch, suitedEpochs, type Chosen, type Room } from './suited/amounts.ts';
export { suitedSchedule, suitedStem, suitedViews, type SchedulePlan } from './suited/suited.ts';
export { tables } from './tables/index.ts';
export {
  fileKey,
  homeOf,
  OF_CLASSES,
  referenceOf,
  rowOf,
  seedOfRow,
  seedsOf,
  type Home,
  type Measure,
  type Row,
  type Source,
  type Table,
} from './tables/table.ts';
export type { TableRequest } from './tables/data.ts';
export type { Scale } from './tables/protocol.ts';
