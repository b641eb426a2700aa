import { range, tile, type Tensor1D } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';

/** Number of samples B in `rows` = views · B stacked rows. Throws `bad-shape` where the views do not divide the rows. */
export const samplesIn = (rows: number, views: number): number => {
  if (rows > 0 && rows % views === 0) return rows / views;
  throw new UnderstoryError(
    'bad-shape',
    `${rows} rows of features cannot be ${views} views of the same samples. Stack all rows of the first view, then all of the next; or set the option "views".`,
  );
};

/**
 * What each row belongs to [V·B] int32: its label, or without labels the sample that it is a view of.
 * Labels [B] are repeated for each view, labels [V·B] are taken as they are.
 */
export const groupsOf = (rows: number, labels: Tensor1D | undefined, views: number): Tensor1D => {
  if (!labels) return tile(range(0, samplesIn(rows, views), 1, 'int32'), [views]);
  const count = labels.shape[0];
  if (count === rows) return labels;
  if (count > 0 && rows % count === 0) return tile(labels, [rows / count]);
  throw new UnderstoryError(
    'bad-shape',
    `${count} labels do not fit ${rows} rows of features. Give one label a sample (rows / views) or one a row.`,
  );
};
