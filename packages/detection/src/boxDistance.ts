import { sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { decodeBoxes, type DeltaStd } from './boxes/coder.ts';
import { giouLoss } from './losses/giou.ts';
import { smoothL1 } from './losses/smoothL1.ts';

export type BoxLoss = 'l1' | 'smooth-l1' | 'giou';

/** Where torchvision's smooth L1 loss goes over from a square into a line. */
const BETA = 1 / 9;

interface Boxes {
  /** What was predicted [..., 4]. */
  readonly deltas: Tensor;
  /** What should have been, in deltas; not asked for where boxes themselves are compared. */
  readonly encoded: () => Tensor;
  /** What should have been, as boxes [..., 4]. */
  readonly boxes: Tensor;
  readonly anchors: Tensor;
  readonly std: DeltaStd;
}

/** How far predicted boxes are from true ones: [...]. */
export const boxDistance = (loss: BoxLoss, { deltas, encoded, boxes, anchors, std }: Boxes): Tensor =>
  loss === 'giou'
    ? giouLoss(decodeBoxes(anchors, deltas, std), boxes)
    : sum(smoothL1(sub(deltas, encoded()), { beta: loss === 'l1' ? 0 : BETA }), -1);
