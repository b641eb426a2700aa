import { matMul, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { turns, UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { cosineOf, unitRows, type UnitRows } from './unitRows.ts';

/** The k rows of a bank that are nearest to each query, the nearest first. */
export interface Neighbours {
  readonly k: number;
  /** Row of the bank [queries · k]. */
  readonly index: Int32Array;
  /** Cosine with that row [queries · k]. */
  readonly cosine: Float64Array;
}

export interface NearestOptions {
  /** For each query a row of the bank that it must not find, itself for example; −1 for none. */
  readonly exclude?: Int32Array;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Most a product of float32 may be off: TF32, in which GPUs multiply, keeps 11 bits of each factor. */
const ROUNDING = 2e-3;

/** Most numbers of a tile of cosines (8 MB), and most multiply-adds: a few ms on a processor. */
const NUMBERS = 2 ** 21;
const PRODUCTS = 2 ** 27;

const checkNearest = (bank: Matrix, queries: Matrix, k: number, { exclude }: NearestOptions): void => {
  if (bank.columns !== queries.columns)
    throw new UnderstoryError(
      'bad-shape',
      `Queries [${queries.rows}, ${queries.columns}] and bank [${bank.rows}, ${bank.columns}] differ in their columns. Take both from one output of one network.`,
    );
  const most = exclude ? bank.rows - 1 : bank.rows;
  if (!Number.isInteger(k) || k < 1 || k > most)
    throw new UnderstoryError(
      'bad-option',
      `k is ${k}, but a query has ${most} rows of the bank [${bank.rows}, ${bank.columns}] to find. Give k from 1 to ${most}, or a larger bank.`,
    );
  if (exclude && exclude.length !== queries.rows)
    throw new UnderstoryError(
      'bad-shape',
      `exclude [${exclude.length}] does not fit the ${queries.rows} queries. Give one row of the bank for each, or −1.`,
    );
};

/** The k-th largest of some values, by a heap of the k largest whose root is the least of them. */
const kthLargest = (values: Float32Array, k: number): number => {
  const heap = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) {
    const value = values[i]!;
    if (value <= heap[0]!) continue;
    let at = 0;
    for (let child = 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
  return heap[0]!;
};

interface Found {
  readonly row: number;
  readonly cosine: number;
}

/** The k nearest by cosines in float64, equal ones by row, of all that rounded ones do not rule out. */
const choose = (rough: Float32Array, k: number, cosine: (row: number) => number): Found[] => {
  const least = kthLargest(rough, k) - ROUNDING;
  const found: Found[] = [];
  rough.forEach((value, row) => value >= least && found.push({ row, cosine: cosine(row) }));
  return found.sort((a, b) => b.cosine - a.cosine || a.row - b.row).slice(0, k);
};

/** Rounded cosines of the queries [from, to) with the whole bank. */
const roughCosines = async (
  { directions, matrix: { columns } }: UnitRows,
  bank: Tensor2D,
  from: number,
  to: number,
): Promise<Float32Array> => {
  const queries = tensor2d(directions.subarray(from * columns, to * columns), [to - from, columns]);
  const products = matMul(queries, bank, false, true);
  try {
    return (await products.data()) as Float32Array;
  } finally {
    queries.dispose();
    products.dispose();
  }
};

/**
 * The `k` rows of `bank` [N, D] that have the largest cosine with each row of `queries` [Q, D], equal ones by row. Tensors
 * find candidates, of which float64 chooses; beside the two matrices it takes 8 MB, or one row of cosines where that is
 * more, and it has turns of the event loop. Errors: `bad-shape`, `bad-option` (k), `not-finite`.
 */
export const nearest = async (
  bank: Matrix,
  queries: Matrix,
  k: number,
  options: NearestOptions = {},
): Promise<Neighbours> => {
  checkNearest(bank, queries, k, options);
  const [stored, asked] = [unitRows(bank, 'bank'), unitRows(queries, 'queries')];
  const [index, cosine] = [new Int32Array(queries.rows * k), new Float64Array(queries.rows * k)];
  const fit = Math.min(NUMBERS / bank.rows, PRODUCTS / (bank.rows * Math.max(1, bank.columns)));
  const [rows, pause] = [Math.max(1, Math.floor(fit)), turns()];
  const tensor = tensor2d(stored.directions, [bank.rows, bank.columns]);
  try {
    for (let from = 0; from < queries.rows; from += rows) {
      const to = Math.min(queries.rows, from + rows);
      const products = await roughCosines(asked, tensor, from, to);
      for (let query = from; query < to; query++) {
        const rough = products.subarray((query - from) * bank.rows, (query - from + 1) * bank.rows);
        const own = options.exclude?.[query] ?? -1;
        if (own >= 0) rough[own] = -Infinity;
        choose(rough, k, (row) => cosineOf(asked, query, stored, row)).forEach((found, i) => {
          index[query * k + i] = found.row;
          cosine[query * k + i] = found.cosine;
        });
        await pause();
      }
      options.onProgress?.(to, queries.rows);
    }
  } finally {
    tensor.dispose();
  }
  return { k, index, cosine };
};
