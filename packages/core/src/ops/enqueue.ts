import {
  add,
  cast,
  expandDims,
  gather,
  less,
  minimum,
  mod,
  range,
  sub,
  tidy,
  where,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '../errors.ts';
import { requireSameLength } from './checkTensors.ts';

export interface Queue {
  /** [K, D] */
  readonly rows: Tensor2D;
  /** Where the next batch is written, [] int32. */
  readonly pointer: Scalar;
}

/**
 * The queue with a batch of keys written over its oldest rows, and the pointer moved on; it begins again at its end.
 * `keys` [B, D], B ≤ K: a smaller last batch of an epoch is written like any other. Throws `bad-shape` where B > K, or where
 * keys and queue differ in width.
 */
export const enqueue = ({ rows, pointer }: Queue, keys: Tensor2D): Queue => {
  requireSameLength('queue', { rows, keys }, '[rows, D]', 1);
  const [length, batch] = [rows.shape[0], keys.shape[0]];
  if (batch > length) {
    throw new UnderstoryError(
      'bad-shape',
      `A queue of ${length} rows cannot hold a batch of ${batch}. Make it at least as long as the batch.`,
    );
  }
  return tidy(() => {
    const ahead = mod(add(sub(range(0, length, 1, 'int32'), pointer), length), length); // [K], 0 at the pointer
    const fresh = gather(keys, cast(minimum(ahead, batch - 1), 'int32')); // [K, D]
    return {
      rows: where(expandDims(less(ahead, batch), 1), fresh, rows),
      pointer: cast<Scalar>(mod(add(pointer, batch), length), 'int32'),
    };
  });
};
