export type { BoxEdges, FoundBox, ImageBoxes, TrueBox } from './imageBoxes.ts';
export { boxIou } from './overlap.ts';
export { readImageBoxes } from './readImageBoxes.ts';
export { COCO_IOUS, COCO_SIZES, type CocoSize } from './cocoMatch.ts';
export { cocoEvaluation, type CocoEvaluation, type CocoNumbers } from './cocoEvaluation.ts';
export type { PrecisionPoint } from './curve.ts';
export { cocoAp, CocoApOptions, cocoApPlugin } from './cocoAp.ts';
export { vocEvaluation, type VocClass, type VocEvaluation, type VocOptions } from './vocEvaluation.ts';
export { vocAp, VocApOptions, vocApPlugin } from './vocAp.ts';
export {
  detectionErrors,
  type DetectionErrors,
  type ErrorCounts,
  type ErrorOptions,
  type FateOf,
  type FoundFate,
  type ImageFates,
  type TruthFate,
} from './detectionErrors.ts';
export type { FoundFault } from './faultOf.ts';
