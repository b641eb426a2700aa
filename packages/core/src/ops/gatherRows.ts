import { cast, pad, reshape, tidy, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Workers } from '../contracts/workers.ts';

const NUMBERS = ['float32', 'int32'];

/**
 * The rows of all workers, in the order in which one worker would see them: `x` [V · b, …], views stacked, first view first, b
 * rows of each → [V · B, …], where B = b · size. Each worker adds its rows to zeros, so what comes is exact and the same on
 * all. Its gradient adds up what the workers ask of each row. `x` itself where there is one worker.
 *
 * What a loss makes of all rows is the same on every worker, and the trainer takes the mean over workers: so gradients are
 * those of one worker that sees the whole batch.
 */
export const gatherRows = <T extends Tensor>(x: T, { size, rank, sum }: Workers, views = 1): T => {
  if (size === 1) return x;
  return tidy(() => {
    const [rows = 0, ...rest] = x.shape;
    const own = rows / views;
    const width = rest.reduce((product, n) => product * n, 1);
    const given = NUMBERS.includes(x.dtype) ? x : cast(x, 'int32');
    const around: [number, number] = [rank * own, (size - 1 - rank) * own];
    const placed: Tensor3D = pad(reshape(given, [views, own, width]), [[0, 0], around, [0, 0]]);
    const all = reshape(sum(placed), [size * rows, ...rest]);
    return (all.dtype === x.dtype ? all : cast(all, x.dtype)) as T;
  });
};
