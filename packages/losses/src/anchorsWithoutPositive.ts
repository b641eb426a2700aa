import { cast, equal, sum, tidy, type Scalar } from '@tensorflow/tfjs-core';
import type { Positives } from '@understory/core';
import { groupsOf } from './groups.ts';
import { positivePairs } from './pairs.ts';

/**
 * How many rows share their label with no other row: `supCon` leaves these anchors out of its mean.
 * `positives`: labels [B] or [rows] int32, or an affinity [B, B] or [rows, rows]; `rows` those of the features, `views` of
 * which they are → [] int32.
 */
export const anchorsWithoutPositive = (
  positives: Positives,
  rows: number = positives.shape[0],
  views = 2,
): Scalar =>
  tidy(() => {
    const pairs = positivePairs(groupsOf(rows, positives, views), rows, { from: 0, count: rows }); // [rows, rows]
    return sum(cast(equal(sum(pairs, 1), 0), 'int32'));
  });
