import { scalar, zeros, type Tensor2D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { streamTensor } from '../testing/index.ts';
import { enqueue, type Queue } from './enqueue.ts';

const batch = (rows: number, seed: number): Tensor2D => streamTensor([rows, 3], seed) as Tensor2D;
const empty = (length: number): Queue => ({ rows: zeros([length, 3]), pointer: scalar(0, 'int32') });

it('writes batches one after the other, and begins again at the end', () => {
  let queue = empty(6);
  const batches = [1, 2, 3, 4].map((seed) => batch(2, seed));
  const pointers = batches.map((keys) => {
    queue = enqueue(queue, keys);
    return queue.pointer.dataSync()[0];
  });
  expect(pointers).toEqual([2, 4, 0, 2]);
  expect(queue.rows.arraySync()).toEqual([3, 1, 2].flatMap((i) => batches[i]!.arraySync()));
});

it('goes on over its end with a batch that does not divide its length', () => {
  const [first, second] = [batch(3, 1), batch(3, 2)];
  const queue = enqueue(enqueue(empty(5), first), second);
  const [a, b, c] = second.arraySync();
  expect(queue.rows.arraySync()).toEqual([c, ...first.arraySync().slice(1), a, b]);
  expect(queue.pointer.dataSync()[0]).toBe(1);
});

it('refuses a batch that it cannot hold', () => {
  expect(() => enqueue(empty(2), batch(3, 1))).toThrow(/queue of 2 rows cannot hold a batch of 3/);
});
