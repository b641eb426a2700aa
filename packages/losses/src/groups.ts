import { range, tile, type Tensor1D } from '@tensorflow/tfjs-core';
import { requireLabels, UnderstoryError } from '@understory/core';

/** Number of samples B in `rows` = views · B stacked rows. Throws `bad-shape` where the views do not divide the rows. */
export const samplesIn = (rows: number, views: number): number => {
  if (rows > 0 && rows % views === 0) return rows / views;
  throw new UnderstoryError(
    'bad-shape',
    `${rows} rows of features cannot be ${views} views of the same samples. Stack all rows of the first view, then all of the next; or set the option "views".`,
  );
};

/** Throws `bad-label` unless labels are int32, one for each of the `rows`, or one for each sample of so many views. */
export const checkGroups = (rows: number, labels: Tensor1D, views: number): void => {
  const [count] = labels.shape as readonly (number | undefined)[];
  if (labels.rank !== 1 || !(count === rows || Number(count) * views === rows))
    throw new UnderstoryError(
      'bad-label',
      `${count ?? 1} labels do not fit ${rows} rows of features: labels [${labels.shape.join(', ')}] are neither one a row ` +
        `nor one for each sample of ${views} ${views === 1 ? 'view' : 'views'}. Set the option "views" where there are more.`,
    );
  requireLabels('groups of rows', labels, { rows: {} });
};

/**
 * What each row belongs to [V·B] int32: its label, or without labels the sample that it is a view of.
 * Labels [B] are repeated for each view, labels [V·B] are taken as they are; any other number is refused.
 */
export const groupsOf = (rows: number, labels: Tensor1D | undefined, views: number): Tensor1D => {
  if (!labels) return tile(range(0, samplesIn(rows, views), 1, 'int32'), [views]);
  checkGroups(rows, labels, views);
  return labels.shape[0] === rows ? labels : tile(labels, [views]);
};
