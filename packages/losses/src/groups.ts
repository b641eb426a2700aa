import { range, tile, type Tensor1D } from '@tensorflow/tfjs-core';
import {
  requireAffinity,
  requireLabels,
  stopGradient,
  UnderstoryError,
  type Positives,
} from '@understory/core';
import { isAffinity } from './pairs.ts';

/** Number of samples B in `rows` = views · B stacked rows. Throws `bad-shape` where the views do not divide the rows. */
export const samplesIn = (rows: number, views: number): number => {
  if (rows > 0 && rows % views === 0) return rows / views;
  throw new UnderstoryError(
    'bad-shape',
    `${rows} rows of features cannot be ${views} views of the same samples. Stack all rows of the first view, then all of the next; or set the option "views".`,
  );
};

const checkLabels = (rows: number, labels: Tensor1D, views: number): void => {
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
 * Throws `bad-label` unless labels are int32, an affinity float32 in 0 … 1, of as many as there are
 * `rows`, or samples of so many views.
 */
export const checkPositives = (rows: number, positives: Positives, views: number): void => {
  const what = `contrast of ${rows} rows of features in ${views} ${views === 1 ? 'view' : 'views'}`;
  if (isAffinity(positives))
    requireAffinity(what, positives, rows % views === 0 ? [rows / views, rows] : [rows]);
  else checkLabels(rows, positives, views);
};

/** The sample that each row is a view of, [views · B] int32. */
export const sampleGroups = (rows: number, views: number): Tensor1D =>
  tile(range(0, samplesIn(rows, views), 1, 'int32'), [views]);

/**
 * What belongs together, of each row: its label [V·B] int32, or where nothing is said the sample that it is a view of; an
 * affinity is taken as it is, without its gradient. Labels [B] are repeated for each view; any other number is refused.
 */
export const groupsOf = (rows: number, positives: Positives | undefined, views: number): Positives => {
  if (!positives) return sampleGroups(rows, views);
  checkPositives(rows, positives, views);
  if (isAffinity(positives)) return stopGradient(positives);
  return positives.shape[0] === rows ? positives : tile(positives, [views]);
};
