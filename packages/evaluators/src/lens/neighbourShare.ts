import { UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { tiles } from './pairs.ts';
import { unitRows } from './rows.ts';
import type { Work } from './work.ts';

/** Nearest neighbours that are looked at. */
const NEIGHBOURS = 10;

/** Positions of the `k` largest values but that of `own`, the first of equal ones first. */
const largest = (values: Float64Array, own: number, k: number): number[] => {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (i === own || (found.length === k && values[i]! <= values[found[k - 1]!]!)) continue;
    let at = Math.min(found.length, k - 1);
    while (at > 0 && values[found[at - 1]!]! < values[i]!) {
      found[at] = found[at - 1]!;
      at--;
    }
    found[at] = i;
  }
  return found;
};

/** Mean share of an image's 10 nearest (by cosine, itself not counted) that are of its class; `labels` [n]. */
export function* neighbourShare(matrix: Matrix, labels: Int32Array): Work<number> {
  const n = matrix.rows;
  if (labels.length !== n)
    throw new UnderstoryError('shape', `${labels.length} labels are not those of ${n} rows. Give one a row.`);
  const k = Math.min(NEIGHBOURS, n - 1);
  let equal = 0;
  yield* tiles(unitRows(matrix), (tile, start) => {
    for (let i = 0; i < tile.rows; i++) {
      const own = start + i;
      const near = largest(tile.data.subarray(i * n, (i + 1) * n), own, k);
      equal += near.filter((j) => labels[j] === labels[own]).length;
    }
  });
  return equal / (n * k);
}

/** What `neighbourShare` would be of embeddings that know nothing of classes: Σ n_c(n_c − 1) / (n(n − 1)). */
export const chanceShare = (labels: Int32Array): number => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const pairs = [...counts.values()].reduce((sum, count) => sum + count * (count - 1), 0);
  return pairs / (labels.length * (labels.length - 1));
};
