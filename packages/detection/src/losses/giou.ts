import { sub, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { pairGiou } from '../boxes/iou.ts';

/** 1 − generalised intersection over union (Rezatofighi et al. 2019). `boxes`, `targets` [..., 4] → [...], 0 to 2. */
export const giouLoss = (boxes: Tensor, targets: Tensor): Tensor =>
  tidy(() => sub(1, pairGiou(boxes, targets)));
