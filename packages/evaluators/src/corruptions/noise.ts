import type { Rng } from '@understory/core';
import { mapped, type Picture } from './picture.ts';

export const gaussianNoise = (picture: Picture, size: number, rng: Rng): Picture =>
  mapped(picture, (value) => value + size * rng.normal());

/** log Γ(n + 1) by Stirling's series, which is exact to 1e-10 from n = 10. */
const logFactorial = (n: number): number => {
  if (n < 10) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  const m = n + 1;
  return (
    (m - 0.5) * Math.log(m) -
    m +
    0.5 * Math.log(2 * Math.PI) +
    1 / (12 * m) -
    1 / (360 * m ** 3) +
    1 / (1260 * m ** 5)
  );
};

/** A Poisson number: by products of uniform ones for small means, by rejection for larger ones (Hörmann 1993, PTRS). */
export const poisson = (mean: number, rng: Rng): number => {
  if (mean < 10) {
    const least = Math.exp(-mean);
    let count = -1;
    for (let product = 1; product >= least; count++) product *= rng.uniform();
    return Math.max(0, count);
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const scale = 1.1239 + 1.1328 / (b - 3.4);
  const sure = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = rng.uniform() - 0.5;
    const v = rng.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= sure) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    const left = Math.log(v) + Math.log(scale) - Math.log(a / (edge * edge) + b);
    if (left <= -mean + k * Math.log(mean) - logFactorial(k)) return k;
  }
};

export const shotNoise = (picture: Picture, photons: number, rng: Rng): Picture =>
  mapped(picture, (value) => poisson(photons * value, rng) / photons);

/** Each value with a probability becomes 0 or 1, either as likely. */
export const impulseNoise = (picture: Picture, probability: number, rng: Rng): Picture =>
  mapped(picture, (value) => {
    const drawn = rng.uniform();
    if (drawn >= probability) return value;
    return drawn < probability / 2 ? 0 : 1;
  });
