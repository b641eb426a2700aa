export { pastedEmojiPlugin } from './pastedEmoji.ts';
export { segmentationPlugin } from './task.ts';
export { pixelCrossEntropyPlugin } from './pixelCrossEntropy.ts';
export { meanIouPlugin } from './meanIou.ts';
export { iouByClassPlugin } from './iouSection.ts';
