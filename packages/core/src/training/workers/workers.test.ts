import { grad, mul, sum, tensor, tensor1d, tensor2d, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Augmentation } from '../../contracts/augmentation.ts';
import { alone, type Workers } from '../../contracts/workers.ts';
import { checkShares, isFilled, shareOf } from '../../data/share.ts';
import { gatherRows } from '../../ops/gatherRows.ts';
import { meanOverWorkers } from './meanOverWorkers.ts';

describe('a batch is shared out', () => {
  const positions = Int32Array.of(7, 3, 9, 1, 4, 8);

  it('in the order of the ranks, each image once', () => {
    const shares = [0, 1, 2].map((rank) => [...shareOf(positions, { size: 3, rank }).own]);
    expect(shares).toEqual([
      [7, 3],
      [9, 1],
      [4, 8],
    ]);
  });

  it('as it is where one process trains', () => {
    expect(shareOf(positions, alone).own).toBe(positions);
  });

  it('where a last batch does not divide, filled up with its first images', () => {
    const shares = [0, 1, 2, 3].map((rank) => [...shareOf(positions, { size: 4, rank }).own]);
    expect(shares).toEqual([
      [7, 3],
      [9, 1],
      [4, 8],
      [7, 3],
    ]);
    expect([...shareOf(Int32Array.of(5), { size: 3, rank: 2 }).own]).toEqual([5]);
  });

  it('and what only fills a share up is no row of the batch', () => {
    const share = shareOf(positions, { size: 4, rank: 3 });
    expect([...share.all]).toEqual([...positions]);
    expect([
      isFilled(share, { size: 4 }),
      isFilled(shareOf(positions, { size: 3, rank: 0 }), { size: 3 }),
    ]).toEqual([true, false]);
  });

  it('in equal parts, or refused with sizes that divide', () => {
    const streams = [{ name: 'train', batch: 32 }];
    expect(() => checkShares({ streams }, { size: 4 })).not.toThrow();
    expect(() => checkShares({ streams }, { size: 3 })).toThrow(/batch of 32.*3 workers.*Give 30 or 33/);
  });

  it('but not to views that mix its images', () => {
    const same: Augmentation = { name: 'mosaic', mixes: true, sample: () => ({}), apply: (images) => images };
    const streams = [{ name: 'train', batch: 32, views: [[same]] }];
    expect(() => checkShares({ streams }, { size: 1 })).not.toThrow();
    expect(() => checkShares({ streams }, { size: 4 })).toThrow(/"mosaic" mixes the images.*one worker\.$/);
  });
});

/** What a worker of two places for the others to add to. */
const placedBy = (rank: number): { workers: Workers; placed: () => Tensor } => {
  let seen: Tensor | undefined;
  const workers: Workers = {
    size: 2,
    rank,
    sum: (x) => {
      seen = x;
      return x;
    },
  };
  return { workers, placed: () => seen! };
};

describe('rows of all workers', () => {
  const x = tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]); // two views of two rows

  it('stand as one worker would see them: all of view 1, then all of view 2', () => {
    const all = gatherRows(x, placedBy(1).workers, 2);
    expect(all.shape).toEqual([8, 2]);
    expect([...all.dataSync()]).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8]);
  });

  it('pass a gradient to the own rows alone', () => {
    const weights = tensor2d([0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8], [8, 2]);
    const gradient = grad((t) => sum(mul(gatherRows(t, placedBy(1).workers, 2), weights)))(x);
    expect([...gradient.dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('may be whole numbers, scalars a row, or flags', () => {
    const { workers } = placedBy(0);
    expect([...gatherRows(tensor1d([3, 1], 'int32'), workers).dataSync()]).toEqual([3, 1, 0, 0]);
    const flags = gatherRows(tensor1d([1, 0], 'bool'), workers);
    expect([flags.dtype, ...flags.dataSync()]).toEqual(['bool', 1, 0, 0, 0]);
  });

  it('are its own where one process trains', () => {
    expect(gatherRows(x, alone, 2)).toBe(x);
  });
});

describe('means over workers', () => {
  it('travel in parts of at most so many bytes, the last tensors first, and come back in their shapes', () => {
    const sizes: number[] = [];
    const workers: Workers = {
      size: 2,
      rank: 0,
      sum: (x) => {
        sizes.push(x.size);
        return mul(x, 2);
      },
    };
    const tensors = { a: tensor([1, 2, 3, 4, 5, 6], [2, 3]), b: tensor([7]), c: tensor([8, 9]) };
    const means = meanOverWorkers<Tensor>(tensors, workers, 16);
    expect(sizes).toEqual([3, 6]);
    expect(Object.entries(means).map(([name, t]) => [name, t.shape, [...t.dataSync()]])).toEqual([
      ['a', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['b', [1], [7]],
      ['c', [2], [8, 9]],
    ]);
  });
});
