import { UnderstoryError } from '@understory/core';
import { nearest } from '../knn/nearest.ts';
import type { Matrix } from '../matrix.ts';

/** Nearest neighbours that are looked at. */
const NEIGHBOURS = 10;

/** Mean share of an image's 10 nearest (by cosine, itself not counted) that are of its class; `labels` [n]. */
export const neighbourShare = async (matrix: Matrix, labels: Int32Array): Promise<number> => {
  const { rows } = matrix;
  if (labels.length !== rows)
    throw new UnderstoryError(
      'bad-shape',
      `${labels.length} labels are not those of ${rows} rows. Give one a row.`,
    );
  const exclude = Int32Array.from({ length: rows }, (_, i) => i);
  const { k, index } = await nearest(matrix, matrix, Math.min(NEIGHBOURS, rows - 1), { exclude });
  const equal = index.filter((row, i) => labels[row] === labels[Math.floor(i / k)]).length;
  return equal / index.length;
};

/** What `neighbourShare` would be of embeddings that know nothing of classes: Σ n_c(n_c − 1) / (n(n − 1)). */
export const chanceShare = (labels: Int32Array): number => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const pairs = [...counts.values()].reduce((sum, count) => sum + count * (count - 1), 0);
  return pairs / (labels.length * (labels.length - 1));
};
