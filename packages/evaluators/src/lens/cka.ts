import { UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { product } from './product.ts';
import { centred, type Rows } from './rows.ts';
import type { Work } from './work.ts';

const checkRows = (x: Matrix, y: Matrix, least: number): void => {
  if (x.rows === y.rows && x.rows >= least) return;
  throw new UnderstoryError(
    'shape',
    `CKA compares what two networks make of the same ${least} images or more, and got rows of ${x.rows} and of ${y.rows}.`,
  );
};

const squaredNorm = ({ data }: Rows): number => data.reduce((sum, value) => sum + value * value, 0);

/**
 * Linear CKA (Kornblith et al. 2019) of two networks' embeddings of the same images [n, a], [n, b]: 1 where they differ by a
 * turn and a factor alone. Biased towards 1 where a or b is not far below n.
 */
export function* linearCka(x: Matrix, y: Matrix): Work<number> {
  checkRows(x, y, 2);
  const [a, b] = [centred(x), centred(y)];
  const [ab, aa, bb] = [yield* product(a, b), yield* product(a, a), yield* product(b, b)];
  return squaredNorm(ab) / Math.sqrt(squaredNorm(aa) * squaredNorm(bb));
}

/** A centred matrix with what the unbiased estimate needs of it: sums of the rows of its kernel without the diagonal. */
interface Kernel {
  readonly rows: Rows;
  /** ‖x_i‖² [n] */
  readonly diagonal: Float64Array;
  readonly sums: Float64Array;
  readonly total: number;
}

const kernelOf = (matrix: Matrix): Kernel => {
  const rows = centred(matrix);
  const { columns, data } = rows;
  const diagonal = Float64Array.from({ length: rows.rows }, (_, i) =>
    data.subarray(i * columns, (i + 1) * columns).reduce((sum, value) => sum + value * value, 0),
  );
  // The rows of a centred kernel add up to 0 with the diagonal.
  const sums = diagonal.map((value) => -value);
  return { rows, diagonal, sums, total: sums.reduce((a, b) => a + b, 0) };
};

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** HSIC of two linear kernels, unbiased (Song et al. 2012), without a matrix of n × n. */
function* hsic(k: Kernel, l: Kernel): Work<number> {
  const n = k.diagonal.length;
  const cross = squaredNorm(yield* product(k.rows, l.rows)) - dot(k.diagonal, l.diagonal);
  const mixed = (k.total * l.total) / ((n - 1) * (n - 2)) - (2 / (n - 2)) * dot(k.sums, l.sums);
  return (cross + mixed) / (n * (n - 3));
}

/** CKA from unbiased HSIC (Nguyen et al. 2021): near 0 for networks that have nothing in common, whatever their widths; may be negative. */
export function* unbiasedCka(x: Matrix, y: Matrix): Work<number> {
  checkRows(x, y, 4);
  const [k, l] = [kernelOf(x), kernelOf(y)];
  const [kl, kk, ll] = [yield* hsic(k, l), yield* hsic(k, k), yield* hsic(l, l)];
  return kl / Math.sqrt(kk * ll);
}
