import type { DataType } from '@tensorflow/tfjs-core';

/** Types that go into and come out of a step. `uint8` is for images; inside a step it is int32. */
export type ArrayType = 'float32' | 'int32' | 'uint8' | 'bool';

/** A typed array with its shape, row-major: what crosses the border of a step. */
export interface NdArray {
  readonly dtype: ArrayType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export type NdArrays = Readonly<Record<string, NdArray>>;

export const float32 = (data: Float32Array | readonly number[], shape: readonly number[]): NdArray => ({
  dtype: 'float32',
  shape,
  data: data instanceof Float32Array ? data : Float32Array.from(data),
});

export const int32 = (data: Int32Array | readonly number[], shape: readonly number[]): NdArray => ({
  dtype: 'int32',
  shape,
  data: data instanceof Int32Array ? data : Int32Array.from(data),
});

export const uint8 = (data: Uint8Array, shape: readonly number[]): NdArray => ({
  dtype: 'uint8',
  shape,
  data,
});

/** The tensor type that an array has inside a step. */
export const tensorType = (dtype: ArrayType): DataType => (dtype === 'uint8' ? 'int32' : dtype);
