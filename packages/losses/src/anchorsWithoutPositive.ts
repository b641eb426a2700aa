import { cast, equal, sum, tidy, type Scalar, type Tensor1D } from '@tensorflow/tfjs-core';
import { groupsOf } from './groups.ts';
import { positivePairs } from './pairs.ts';

/**
 * How many rows share their label with no other row: `supCon` leaves these anchors out of its mean.
 * `labels` [B] or [rows] int32, `rows` those of the features, `views` of which they are → [] int32.
 */
export const anchorsWithoutPositive = (labels: Tensor1D, rows = labels.shape[0], views = 2): Scalar =>
  tidy(() => {
    const positives = sum(positivePairs(groupsOf(rows, labels, views), { from: 0, count: rows }), 1); // [rows]
    return sum(cast(equal(positives, 0), 'int32'));
  });
