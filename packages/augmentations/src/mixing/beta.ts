import type { Rng } from '@understory/core';

/** Gamma(shape, 1) by Marsaglia & Tsang 2000; shapes under 1 by their boost. */
const gamma = (rng: Rng, shape: number): number => {
  if (shape < 1) return gamma(rng, shape + 1) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < (x * x) / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
};

/** Beta(alpha, alpha), in [0, 1]. */
export const drawBeta = (rng: Rng, alpha: number): number => {
  if (alpha === 1) return rng.uniform();
  const [a, b] = [gamma(rng, alpha), gamma(rng, alpha)];
  return a + b === 0 ? 0.5 : a / (a + b);
};
