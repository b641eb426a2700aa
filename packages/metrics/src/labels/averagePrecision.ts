import { UnderstoryError } from '@understory/core';

/**
 * Area under precision over recall, Σ (R_n − R_{n−1})·P_n over the distinct scores, the largest first: samples of one score
 * enter together, nothing is interpolated. `scores` [N], `truths` [N] 0 or 1 → a fraction; NaN where none is true. Errors:
 * `bad-shape`, `not-finite`, which names the sample.
 */
export const averagePrecision = (scores: ArrayLike<number>, truths: ArrayLike<number>): number => {
  if (scores.length !== truths.length)
    throw new UnderstoryError(
      'bad-shape',
      `scores [${scores.length}] do not fit truths [${truths.length}]. Give one for each.`,
    );
  const order = Uint32Array.from(scores, (score, i) => {
    if (Number.isFinite(score)) return i;
    throw new UnderstoryError(
      'not-finite',
      `Sample ${i} of scores [${scores.length}] has ${score}. Leave it out, or look why the network gives it.`,
    );
  }).sort((a, b) => scores[b]! - scores[a]!);
  const positives = order.reduce((sum, i) => sum + (truths[i] ? 1 : 0), 0);
  let [area, hits, before] = [0, 0, 0];
  order.forEach((i, place) => {
    hits += truths[i] ? 1 : 0;
    const next = order[place + 1];
    if (next !== undefined && scores[next] === scores[i]) return;
    area += ((hits - before) / positives) * (hits / (place + 1));
    before = hits;
  });
  return positives === 0 ? NaN : area;
};
