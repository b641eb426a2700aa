import { memory, tensor, tensor1d, tensor2d, zeros, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { affinityOf } from './affinity.ts';

const rowsOf = (x: Tensor): unknown => x.arraySync();

it('keeps labels of classes as they are', () => {
  const result = affinityOf('class', tensor1d([4, 0, 4], 'int32'));
  expect([result.dtype, rowsOf(result)]).toEqual(['int32', [4, 0, 4]]);
});

it('is the Jaccard index of labels, written as a loop', () => {
  const bits = fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(bits, fc.constantFrom('int32' as const, 'float32' as const), (rows, dtype) => {
      const result = affinityOf('labels', tensor(rows, undefined, dtype)).arraySync() as number[][];
      rows.forEach((a, i) =>
        rows.forEach((b, j) => {
          const both = a.filter((v, k) => v && b[k]).length;
          const either = a.filter((v, k) => v || b[k]).length;
          expect(result[i]![j]).toBe(i === j ? 1 : Math.fround(either ? both / either : 0));
        }),
      );
    }),
    { seed: 1 },
  );
});

it.each([
  ['map', [3, 4, 4]],
  ['boxes', [3, 2, 4]],
  ['values', [3, 5]],
] as const)('lets each image of a %s be like itself alone', (kind, shape) => {
  const result = affinityOf(kind, zeros([...shape]));
  expect([result.dtype, rowsOf(result)]).toEqual(['int32', [0, 1, 2]]);
});

it.each([
  ['class', tensor1d([0, 1]), 'bad-label'],
  ['class', tensor2d([[0, 1]], undefined, 'int32'), 'bad-label'],
  ['labels', tensor2d([[0, 0.5]]), 'bad-label'],
  ['labels', tensor2d([[0, NaN]]), 'bad-label'],
  ['labels', tensor2d([[0, 2]], undefined, 'int32'), 'bad-label'],
  ['labels', tensor1d([0, 1]), 'bad-shape'],
  ['map', zeros([0, 4, 4]), 'bad-shape'],
] as const)('refuses %s that are none, case %#', (kind, target, code) => {
  expect(() => affinityOf(kind, target)).toThrow(expect.objectContaining({ code }));
});

it('leaves one tensor, the result, also where it throws', () => {
  const labels = tensor2d([
    [0, 1],
    [0, 0],
  ]);
  const wrong = tensor2d([[3, 1]]);
  const before = memory().numTensors;
  affinityOf('labels', labels).dispose();
  affinityOf('map', labels).dispose();
  expect(() => affinityOf('labels', wrong)).toThrow();
  expect(memory().numTensors).toBe(before);
});
