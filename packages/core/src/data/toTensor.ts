import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { tensorType, type NdArray } from '../contracts/arrays.ts';

/** An array as a step sees it: images of bytes become int32. */
export const toTensor = ({ data, shape, dtype }: NdArray): Tensor => {
  const type = tensorType(dtype);
  const values = type === 'int32' && data instanceof Uint8Array ? Int32Array.from(data) : data;
  return tensor(values, [...shape], type);
};
