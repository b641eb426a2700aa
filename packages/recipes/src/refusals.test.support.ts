import { tensor1d, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { streamTensor } from '@understory/core/testing';
import { expect } from 'vitest';

/** Numbers in [−1, 1) of a shape. */
export const x = (...shape: number[]): Tensor => streamTensor(shape, 7);
/** Labels. */
export const y = (...values: number[]): Tensor1D => tensor1d(values, 'int32');

/** What a call throws. */
export const refusal = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return 'nothing';
};
/** Holds that a call throws an error of ours that names shapes or places. */
export const expectRefusal = (call: () => unknown): void => {
  const error = refusal(call);
  expect(error).toBeInstanceOf(UnderstoryError);
  const { code, message } = error as UnderstoryError;
  expect(code).toMatch(/^bad-(shape|label)$/);
  expect(message).toMatch(/\d/);
  expect(message.length).toBeLessThan(400);
};
