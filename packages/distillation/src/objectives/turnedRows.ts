import { requireLabels } from '@understory/core';
import {
  add,
  mul,
  scalar,
  slice,
  tensor1d,
  tidy,
  tile,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Rows of view 0, the plain images, and of all other views. [V·B, D] → [B, D], [(V−1)·B, D]. */
export const plainAndTurned = (x: Tensor2D, batch: number): readonly [plain: Tensor2D, turned: Tensor2D] => {
  const [rows, width] = x.shape;
  return [slice(x, 0, batch), slice(x, [batch, 0], [rows - batch, width])];
};

/**
 * Class and view of each row as one number, V·y + k: for telling V·C of them apart. `labels` [B] int32 in 0 … C − 1 →
 * [V·B] int32, view after view.
 */
export const jointLabels = (
  labels: Tensor1D,
  { views, classes }: { readonly views: number; readonly classes: number },
): Tensor1D =>
  tidy(() => {
    requireLabels('classes of turned images', labels, { rows: {}, classes });
    const [batch] = labels.shape;
    const view = Array.from({ length: views * batch }, (_, i) => Math.floor(i / batch));
    return add(mul(tile(labels, [views]), scalar(views, 'int32')), tensor1d(view, 'int32'));
  });
