import { engine, type NamedTensorMap, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { hasKernels } from './kernels.ts';

/**
 * Kernel that a backend may register for images made of another's pixels: inputs `images` [B, H, W, C] float32, `rows` and
 * `columns` float32, whole numbers, both [B, h, w], where any may be 1, and `fill` [C] → [B, h, w, C]. What lies outside is `fill`.
 */
export const LOOK_UP = 'LookUp';

export interface LookUpInputs {
  readonly images: Tensor4D;
  readonly rows: Tensor;
  readonly columns: Tensor;
  readonly fill: Tensor;
}

/** New images by the active backend's kernel `LookUp`; undefined where it has none, or for other numbers than float32. */
export const lookUpByKernel = ({ images, rows, columns, fill }: LookUpInputs): Tensor4D | undefined => {
  if (!hasKernels(LOOK_UP) || images.dtype !== 'float32') return undefined;
  const inputs: NamedTensorMap = { images, rows, columns, fill };
  return engine().runKernel<Tensor4D>(LOOK_UP, inputs, {});
};
