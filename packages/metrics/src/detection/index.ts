export type { BoxEdges, FoundBox, ImageBoxes, TrueBox } from './imageBoxes.ts';
export { boxIou } from './overlap.ts';
export { readImageBoxes } from './readImageBoxes.ts';
export { COCO_IOUS, COCO_SIZES, type CocoSize } from './cocoMatch.ts';
export {
  cocoEvaluation,
  type CocoEvaluation,
  type CocoNumbers,
  type PrecisionPoint,
} from './cocoEvaluation.ts';
export { cocoAp, CocoApOptions, cocoApPlugin } from './cocoAp.ts';
