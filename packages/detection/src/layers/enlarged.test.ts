import { grad, mul, sum, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { streamTensor } from '@understory/core/testing';
import { expect, it } from 'vitest';
import { Enlarged } from './enlarged.ts';

it('gives each pixel the gradient of its own four, in its own image, those that are cut off left out', () => {
  const [coarse, fine] = [streamTensor([2, 2, 3, 2], 1), streamTensor([2, 3, 6, 2], 2)] as [
    Tensor4D,
    Tensor4D,
  ];
  const enlarged = new Enlarged('up');
  const found = grad((x: Tensor) => sum(mul(enlarged.call([x, fine]), fine)))(coarse) as Tensor4D;
  const of = (b: number, y: number, x: number, c: number): number => {
    const values = fine.arraySync()[b]!;
    let total = 0;
    for (const row of [2 * y, 2 * y + 1])
      for (const column of [2 * x, 2 * x + 1]) total += values[row]?.[column]?.[c] ?? 0;
    return total;
  };
  found
    .arraySync()
    .forEach((rows, b) =>
      rows.forEach((columns, y) =>
        columns.forEach((channels, x) =>
          channels.forEach((value, c) => expect(value).toBeCloseTo(of(b, y, x, c), 5)),
        ),
      ),
    );
});
