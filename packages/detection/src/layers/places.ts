import {
  add,
  floorDiv,
  mod,
  mul,
  range,
  reshape,
  scalar,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';

// All in whole numbers: float32 has not every one of them beyond 2²⁴, and a batch has more anchors and classes than that.

/** Places int32 [B, K] in rows of `width`, as rows and columns [B, K]. */
export const rowsAndColumns = (
  places: Tensor,
  width: number,
): { readonly rows: Tensor; readonly columns: Tensor } => {
  const each = scalar(width, 'int32');
  return { rows: floorDiv(places, each), columns: mod(places, each) };
};

/** Places int32 [B, K] among A as places among B · A, of all images in one list [B · K]. */
export const flatPlaces = (places: Tensor, among: number): Tensor1D => {
  const [images = 0] = places.shape;
  const first = reshape(mul(range(0, images, 1, 'int32'), scalar(among, 'int32')), [images, 1]);
  return reshape(add(places, first), [-1]);
};
