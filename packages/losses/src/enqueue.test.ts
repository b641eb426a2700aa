import { scalar, zeros, type Tensor2D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numberOf, rowsOf, stream } from './golden.test.support.ts';
import { enqueue, type Queue } from './index.ts';

it('writes batches one after the other, and begins again at the end', () => {
  let queue: Queue = { rows: zeros([6, 3]), pointer: scalar(0, 'int32') };
  const batches = [1, 2, 3, 4].map((seed): Tensor2D => stream([2, 3], seed));
  const pointers = batches.map((keys) => {
    queue = enqueue(queue, keys);
    return numberOf(queue.pointer);
  });
  expect(pointers).toEqual([2, 4, 0, 2]);
  expect(rowsOf(queue.rows)).toEqual([3, 1, 2].flatMap((i) => rowsOf(batches[i]!)));
});

it('refuses a length that batches do not fill', () => {
  expect(() => enqueue({ rows: zeros([5, 3]), pointer: scalar(0, 'int32') }, stream([2, 3], 1))).toThrow(
    /queue of 5 rows cannot be filled by batches of 2/,
  );
});
