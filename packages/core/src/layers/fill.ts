import type { Seed } from '../random.ts';

/** Where a weight's first values come from. Standard deviations and bounds are those of the numbers themselves. */
export type Draw =
  | { readonly normal: number }
  /** Between −bound and bound. */
  | { readonly uniform: number }
  | { readonly constant: number };

/** Four words of the stream at a place, from which `fill` draws. */
export const stateOf = (seed: Seed): [number, number, number, number] => {
  const rng = seed.rng();
  const word = (): number => Math.floor(rng.uniform() * 2 ** 32) | 0;
  return [word() | 1, word(), word(), word()];
};

/** xoshiro128** (Blackman & Vigna 2018); signed 32-bit words. */
const words = (seed: Seed): (() => number) => {
  let [a, b, c, d] = stateOf(seed);
  return () => {
    const r = Math.imul(b, 5);
    const out = Math.imul((r << 7) | (r >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return out;
  };
};

const fillNormal = (out: Float32Array, std: number, next: () => number): void => {
  for (let i = 0; i < out.length;) {
    const x = (next() + 0.5) / 2 ** 31;
    const y = (next() + 0.5) / 2 ** 31;
    const s = x * x + y * y;
    if (s >= 1) continue;
    const factor = std * Math.sqrt((-2 * Math.log(s)) / s); // Marsaglia's polar method
    out[i++] = x * factor;
    if (i < out.length) out[i++] = y * factor;
  }
};

/** `length` numbers drawn at a place of the random streams; 25 ns a normal number, which the kernel `Normals` of a backend may spare. */
export const fill = (length: number, draw: Draw, seed: Seed): Float32Array => {
  const out = new Float32Array(length);
  if ('constant' in draw) return out.fill(draw.constant);
  const next = words(seed);
  if ('normal' in draw) fillNormal(out, draw.normal, next);
  else for (let i = 0; i < length; i++) out[i] = ((next() + 0.5) / 2 ** 31) * draw.uniform;
  return out;
};
