import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Draws from one stream of random numbers. Every draw moves the stream on. */
export interface Rng {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform whole number in [low, high], both included. */
  integer(low: number, high: number): number;
  /** Standard normal. */
  normal(): number;
}

/** A named place from which streams and further places split off. The same path gives the same numbers. */
export interface Seed {
  /** 32-bit value for interfaces that take a plain seed. */
  readonly value: number;
  /** A child place; names and numbers may be mixed: `seed.at('augment', epoch, sample, view)`. */
  at(...path: readonly (string | number)[]): Seed;
  /** A fresh stream that starts at this place. */
  rng(): Rng;
}

/** Mixes a 32-bit word into a 32-bit hash (murmur3 finaliser over a multiply-add). */
const mix = (hash: number, word: number): number => {
  let h = Math.imul(hash ^ word, 0x9e3779b1) + 0x7f4a7c15;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
};

const mixPart = (hash: number, part: string | number): number => {
  if (typeof part === 'number') return mix(mix(hash, part | 0), Math.floor(part / 2 ** 32) * 2 + 1);
  let h = mix(hash, part.length);
  for (let i = 0; i < part.length; i++) h = mix(h, part.charCodeAt(i));
  return h;
};

const rngFrom = (a: number, b: number): Rng => {
  const generator = xoroshiro128plusFromState([a, b, mix(a, b) | 1, mix(b, a)]);
  const word = (): number => generator.next() >>> 0;
  const uniform = (): number => word() / 2 ** 32;
  return {
    uniform,
    integer: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    // Box-Muller; 1 - u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
};

const place = (a: number, b: number): Seed => ({
  value: a >>> 0,
  at(...path) {
    let [x, y] = [a, b];
    for (const part of path) {
      x = mixPart(x, part);
      y = mixPart(y, part);
    }
    return place(x, y);
  },
  rng: () => rngFrom(a, b),
});

/** The root of all randomness of a run: everything drawn anywhere derives from this one number. */
export const seedOf = (seed: number): Seed => place(mixPart(0x243f6a88, seed), mixPart(0x13198a2e, seed));

/** A random order of 0 … n−1 (Fisher-Yates). */
export const permutation = (n: number, rng: Rng): Int32Array => {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = rng.integer(0, i);
    const at = order[i]!;
    order[i] = order[j]!;
    order[j] = at;
  }
  return order;
};
