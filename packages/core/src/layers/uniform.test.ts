import { memory, tensor1d, tidy, type Tensor1D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { seedOf } from '../random.ts';
import { uniform } from './uniform.ts';

const seed = (a: number, b: number): Tensor1D => tensor1d([a, b], 'int32');
const draw = (a: number, b: number, place: string, length: number): Float32Array =>
  tidy(() => uniform(seed(a, b), place, [length]).dataSync<'float32'>());

/** The same cipher, number by number. */
const plain = (i: number, a: number, b: number, place: string): number => {
  const salt = seedOf(0).at(place).value;
  const cut = (x: number): number[] => [x & 4095, (x >>> 12) & 4095, (x >> 24) & 4095];
  const [k, l] = [cut(a), cut(b)];
  const [s, t, x] = [salt & 4095, (salt >>> 12) & 4095, k[2]! * 16 + (salt >>> 24)];
  const keys = [
    k[0],
    l[0],
    s,
    k[1],
    l[1],
    t,
    x,
    l[2],
    l[0],
    s,
    k[1],
    l[1],
    t,
    k[0],
    l[2],
    k[2],
    s,
    k[1],
    l[0],
    l[1],
  ];
  const c = [0x5a3, 0xc1d, 0x2e7, 0x91b, 0xe45, 0x739, 0x3cd, 0xb0f, 0x6a1, 0xf57, 0x18b, 0x8d3];
  let [left, right] = [(i >>> 12) & 4095, i & 4095];
  for (let r = 0; r < 10; r++) {
    const p = (right + keys[2 * r]! + c[r]!) & 4095;
    const q = (right * 1381 + keys[2 * r + 1]! + c[11 - r]!) & 4095;
    [left, right] = [right, (left + ((p * q) >>> 6)) & 4095];
  }
  return (left * 4096 + right) / 2 ** 24;
};

/** Chi-squared of counts in equal bins, as standard deviations from its mean. */
const excess = (values: Float32Array, bins: number): number => {
  const counts = new Float64Array(bins);
  for (const v of values) counts[Math.floor(v * bins)]!++;
  const expected = values.length / bins;
  const chi = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  return (chi - (bins - 1)) / Math.sqrt(2 * (bins - 1));
};

const correlation = (x: Float32Array, y: Float32Array): number => {
  const n = Math.min(x.length, y.length);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (x[i]! - 0.5) * (y[i]! - 0.5);
  return (12 * sum) / Math.sqrt(n); // in standard deviations
};

describe('uniform', () => {
  it('is the documented cipher of seed, place and position', () => {
    const seeds = [
      [0, 0],
      [1, -1],
      [-2147483648, 2147483647],
      [123456789, -987654321],
    ] as const;
    for (const [a, b] of seeds) {
      const expected = Array.from({ length: 9000 }, (_, i) => plain(i, a, b, 'head/dropout'));
      expect([...draw(a, b, 'head/dropout', 9000)]).toEqual(expected);
    }
  });

  it('fills [0, 1) evenly, within a step and from step to step', () => {
    const within = draw(3, 14, 'a', 100_000);
    const acrossSteps = Float32Array.from({ length: 3000 }, (_, step) => draw(step, 7, 'a', 1)[0]!);
    expect(Math.abs(excess(within, 100))).toBeLessThan(4);
    expect(Math.abs(excess(acrossSteps, 30))).toBeLessThan(4);
    expect(Math.max(...within)).toBeLessThan(1);
  });

  it('does not correlate with its neighbours, the next step or another place', () => {
    const x = draw(5, 0, 'a', 50_000);
    const others = [
      draw(6, 0, 'a', 50_000),
      draw(5, 1, 'a', 50_000),
      draw(5, 0, 'b', 50_000),
      x.subarray(1),
      x.subarray(64),
    ];
    for (const other of others) expect(Math.abs(correlation(x, other))).toBeLessThan(4);
  });

  it('keeps nothing but its result', () => {
    const s = seed(1, 2);
    const before = memory().numTensors;
    const made = uniform(s, 'a', [3, 5]);
    expect([made.shape, memory().numTensors - before]).toEqual([[3, 5], 1]);
    made.dispose();
    s.dispose();
  });
});
