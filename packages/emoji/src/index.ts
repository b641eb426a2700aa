export { emoji, emojiPlugin, EmojiOptions } from './emoji.ts';
