import { matMul, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { turns, UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { cosineOf, directed, unitRows, type Directed } from './unitRows.ts';

/** A row of a bank, and its cosine with a query. */
export interface Neighbour {
  readonly row: number;
  readonly cosine: number;
}

export interface SearchOptions {
  /** For each query a row of the bank that it must not find, itself for example; −1 for none. */
  readonly exclude?: Int32Array;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Most a product of float32 may be off: TF32, in which GPUs multiply, keeps 11 bits of each factor. */
const ROUNDING = 2e-3;

/** Most numbers of a tile of cosines (8 MB), and most multiply-adds: a few ms on a processor. */
const NUMBERS = 2 ** 21;
const PRODUCTS = 2 ** 27;

const check = (bank: Matrix, queries: Matrix, k: ArrayLike<number>, { exclude }: SearchOptions): void => {
  if (bank.columns !== queries.columns)
    throw new UnderstoryError(
      'bad-shape',
      `Queries [${queries.rows}, ${queries.columns}] and bank [${bank.rows}, ${bank.columns}] differ in their columns. Take both from one output of one network.`,
    );
  if (exclude && exclude.length !== queries.rows)
    throw new UnderstoryError(
      'bad-shape',
      `exclude [${exclude.length}] does not fit the ${queries.rows} queries. Give one row of the bank for each, or −1.`,
    );
  const most = exclude ? bank.rows - 1 : bank.rows;
  const odd = Array.from(k).find((one) => !Number.isInteger(one) || one < 0 || one > most);
  if (odd !== undefined)
    throw new UnderstoryError(
      'bad-option',
      `k is ${odd}, but a query has ${most} rows of the bank [${bank.rows}, ${bank.columns}] to find. Give k from 1 to ${most}, or a larger bank.`,
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

/** The k nearest by cosines in float64, equal ones by row, of all that rounded ones do not rule out. */
const choose = (rough: Float32Array, k: number, cosine: (row: number) => number): Neighbour[] => {
  if (k === 0) return [];
  const least = kthLargest(rough, k) - ROUNDING;
  const found: Neighbour[] = [];
  rough.forEach((value, row) => value >= least && found.push({ row, cosine: cosine(row) }));
  return found.sort((a, b) => b.cosine - a.cosine || a.row - b.row).slice(0, k);
};

/** Rounded cosines of the queries [from, to) with the whole bank. */
const roughCosines = async (
  asked: Directed,
  bank: Tensor2D,
  from: number,
  to: number,
): Promise<Float32Array> => {
  const queries = tensor2d(unitRows(asked, from, to), [to - from, asked.matrix.columns]);
  const products = matMul(queries, bank, false, true);
  try {
    return (await products.data()) as Float32Array;
  } finally {
    queries.dispose();
    products.dispose();
  }
};

/**
 * Hands over, for each query [Q, D] in order, the `k` rows of `bank` [N, D] (a number for each query) of the largest cosine,
 * the largest first, equal ones by row. Tensors find candidates, of which float64 chooses; beside the two matrices it takes
 * the bank as a tensor and 8 MB, or one row of cosines where that is more, and it has turns of the event loop. Errors:
 * `bad-shape`, `bad-option` (k), `not-finite`.
 */
export const eachNearest = async (
  bank: Matrix,
  queries: Matrix,
  k: ArrayLike<number>,
  { onFound, ...options }: SearchOptions & { onFound: (query: number, found: readonly Neighbour[]) => void },
): Promise<void> => {
  check(bank, queries, k, options);
  const [stored, asked] = [directed(bank, 'bank'), directed(queries, 'queries')];
  const fit = Math.min(NUMBERS / bank.rows, PRODUCTS / (bank.rows * Math.max(1, bank.columns)));
  const [rows, pause] = [Math.max(1, Math.floor(fit)), turns()];
  const tensor = tensor2d(unitRows(stored, 0, bank.rows), [bank.rows, bank.columns]);
  try {
    for (let from = 0; from < queries.rows; from += rows) {
      const to = Math.min(queries.rows, from + rows);
      const products = await roughCosines(asked, tensor, from, to);
      for (let query = from; query < to; query++) {
        const rough = products.subarray((query - from) * bank.rows, (query - from + 1) * bank.rows);
        const own = options.exclude?.[query] ?? -1;
        if (own >= 0) rough[own] = -Infinity;
        onFound(
          query,
          choose(rough, k[query]!, (row) => cosineOf(asked, query, stored, row)),
        );
        await pause();
      }
      options.onProgress?.(to, queries.rows);
    }
  } finally {
    tensor.dispose();
  }
};
