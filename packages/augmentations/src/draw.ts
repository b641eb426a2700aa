import { float32, type NdArray, type Rng } from '@understory/core';

/** One number an image, each from its own stream: [B] float32. */
export const drawEach = (streams: readonly Rng[], draw: (rng: Rng) => number): NdArray =>
  float32(Float32Array.from(streams, draw), [streams.length]);

/** `width` numbers an image: [B, width] float32. */
export const drawRows = (
  streams: readonly Rng[],
  width: number,
  draw: (rng: Rng) => ArrayLike<number>,
): NdArray => {
  const rows = new Float32Array(streams.length * width);
  streams.forEach((rng, i) => rows.set(draw(rng), i * width));
  return float32(rows, [streams.length, width]);
};

/** Numbers that were drawn together, `width` an image: [B, width] float32. */
export const stackDrawn = (rows: readonly (readonly number[])[], width: number): NdArray =>
  float32(Float32Array.from(rows.flat()), [rows.length, width]);

/** Uniform in [low, high). */
export const between = (rng: Rng, low: number, high: number): number => low + (high - low) * rng.uniform();

/** 1 with probability `p`, else 0. */
export const chance = (rng: Rng, p: number): number => (rng.uniform() < p ? 1 : 0);
