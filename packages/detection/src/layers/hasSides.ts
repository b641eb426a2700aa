import { greaterEqual, min, slice, sub, tidy, type Tensor } from '@tensorflow/tfjs-core';

/** Whether both sides of boxes [B, N, 4] are `least` pixels or more: [B, N] bool. */
export const hasSides = (boxes: Tensor, least: number): Tensor =>
  tidy(() => {
    const [images = 0, count = 0] = boxes.shape;
    const corner = (at: number): Tensor => slice(boxes, [0, 0, at], [images, count, 2]);
    return greaterEqual(min(sub(corner(2), corner(0)), 2), least);
  });
