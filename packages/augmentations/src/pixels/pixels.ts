import {
  add,
  clipByValue,
  div,
  expandDims,
  floor,
  maximum,
  minimum,
  mul,
  reshape,
  slice,
  sub,
  transpose,
  unstack,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';

/*
 * Pixels are whole numbers 0…255 in float32; every sum and product here stays under 2^24, so it is exact on every
 * backend. Colour operations work on planes [3, B, H, W]: there, numbers of an image or a pixel broadcast fast.
 */

/** One number an image [B] → [B, 1, 1, …] of the given rank. */
export const perImage = (values: Tensor, rank: number): Tensor =>
  reshape(values, [values.shape[0], ...new Array<number>(rank - 1).fill(1)]);

/** To 8 bits as C does: clip, then cut the fraction off. */
export const toBytes = <T extends Tensor>(x: T): T => floor(clipByValue(x, 0, 255));

/** `yes` where `mask` is 1, `no` where it is 0; exact for whole numbers. */
export const choose = <T extends Tensor>(mask: Tensor, yes: Tensor, no: T): T =>
  add(no, mul(mask, sub(yes, no)));

/** [B, H, W, 3] → [3, B, H, W] */
export const toPlanes = (images: Tensor4D): Tensor4D => transpose(images, [3, 0, 1, 2]);

/** [3, B, H, W] → [B, H, W, 3] */
export const toImages = (planes: Tensor4D): Tensor4D => transpose(planes, [1, 2, 3, 0]);

/** Grey level of each pixel as PIL's mode L has it (ITU-R 601-2, 16 bit fixed point); three equal shapes → the same. */
export const greyOf = <T extends Tensor>([red, green, blue]: readonly [T, T, T]): T => {
  const total = add<T>(add(mul(red, 19595), mul(green, 38470)), mul(blue, 7471));
  return floor(mul(add(total, 32768), 1 / 65536));
};

/** Grey level of planes [3, B, H, W] → [B, H, W] */
export const greyPlane = (planes: Tensor4D): Tensor3D =>
  greyOf(unstack(planes, 0) as [Tensor3D, Tensor3D, Tensor3D]);

/** The same for every channel: [B, H, W] → [B, H, W, 1] */
export const everyChannel = (plane: Tensor3D): Tensor4D => expandDims(plane, 3);

/**
 * x / divisor, rounded once on every engine: graph optimizers turn a division by a constant into a product with its
 * rounded reciprocal, which is at times 1 bit off; so the divisor is hidden in a bound on a pixel of x itself.
 */
export const divideExactly = <T extends Tensor>(x: T, divisor: number): T => {
  const pixel = slice(
    x,
    x.shape.map(() => 0),
    x.shape.map(() => 1),
  );
  return div(x, maximum(minimum(pixel, divisor), divisor));
};
