import type { Rng } from '@understory/core';
import { within } from '../options.ts';

/** Of Beta(alpha, alpha), from which shares are drawn. */
export const alpha = () => within(0.001, 1000, 'the alpha of Beta(alpha, alpha)').default(1);

/** Gamma(shape, 1) by Marsaglia & Tsang 2000, for shapes of 1 and more. */
const largeGamma = (rng: Rng, shape: number): number => {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < (x * x) / 2 + d * (1 - v + Math.log(v))) return d * v;
  }
};

/** Gamma(shape, 1); shapes under 1 by their boost. Small shapes draw numbers that are 0 in double precision, so its logarithm too. */
const gamma = (rng: Rng, shape: number): { readonly value: number; readonly log: number } => {
  const base = largeGamma(rng, shape < 1 ? shape + 1 : shape);
  const u = shape < 1 ? 1 - rng.uniform() : 1;
  return { value: base * u ** (1 / shape), log: Math.log(base) + Math.log(u) / shape };
};

/** Beta(alpha, alpha), in [0, 1]. */
export const drawBeta = (rng: Rng, shape: number): number => {
  if (shape === 1) return rng.uniform();
  const [a, b] = [gamma(rng, shape), gamma(rng, shape)];
  const sum = a.value + b.value;
  return sum > 0 ? a.value / sum : 1 / (1 + Math.exp(b.log - a.log));
};
