export { iou, overlap, pairGiou, pairIou } from './boxes/iou.ts';
export { baseAnchors, gridAnchors, type AnchorOptions } from './boxes/anchors.ts';
export { clipBoxes, decodeBoxes, encodeBoxes, type DeltaStd } from './boxes/coder.ts';
export { classNms, nms, type Kept, type NmsOptions } from './boxes/nms.ts';
export { assign, IGNORED, NEGATIVE, type AssignOptions } from './assign/assign.ts';
export { assignBoxes } from './assign/assignBoxes.ts';
export { sample, type Sampled, type SampleOptions } from './assign/sample.ts';
export { focalLoss, type FocalOptions } from './losses/focal.ts';
export { smoothL1, type SmoothL1Options } from './losses/smoothL1.ts';
export { giouLoss } from './losses/giou.ts';

export { detectionPlugins } from './plugins.ts';
export { retinanet, retinanetPlugin, RetinaNetOptions } from './retinanet/retinanet.ts';
export {
  retinanetLoss,
  retinanetLossPlugin,
  RetinaNetLossOptions,
  retinanetTerms,
} from './retinanet/retinanetLoss.ts';
export { fasterRcnn, fasterRcnnPlugin, FasterRcnnOptions } from './fasterRcnn/fasterRcnn.ts';
export { fasterRcnnLoss, fasterRcnnLossPlugin, FasterRcnnLossOptions } from './fasterRcnn/fasterRcnnLoss.ts';
