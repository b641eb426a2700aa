/** The class with the largest number for each pixel of [… , C] → […] int32; −1 where one of its numbers is not finite. */
export const likeliest = (scores: ArrayLike<number>, classes: number): Int32Array => {
  const map = new Int32Array(scores.length / classes);
  for (let p = 0; p < map.length; p++) {
    let best = 0;
    for (let c = 0; c < classes; c++) {
      const score = scores[p * classes + c]!;
      if (!Number.isFinite(score)) {
        best = -1;
        break;
      }
      if (score > scores[p * classes + best]!) best = c;
    }
    map[p] = best;
  }
  return map;
};
