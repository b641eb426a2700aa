/** Two-sided 95 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** Wilson's 95 % interval of a fraction seen on `n` images → [low, high]. */
export const wilson = (fraction: number, n: number): readonly [number, number] => {
  const centre = fraction + (Z * Z) / (2 * n);
  const half = Z * Math.sqrt((fraction * (1 - fraction)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
};

/**
 * McNemar's exact test: `a` images that only the first classifier names right, `b` that only the second does →
 * probability of so uneven a split, or a more uneven one, if both were equally good.
 */
export const mcNemar = (a: number, b: number): number => {
  const n = a + b;
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k <= Math.min(a, b); k++) {
    tail += Math.exp(logChoose - n * Math.LN2);
    logChoose += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
};
