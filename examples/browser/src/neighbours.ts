import type { Manifest } from './shared.ts';

export interface Neighbour {
  /** Its place among the drawings. */
  readonly at: number;
  /** Cosine of the two embeddings, -1 to 1. */
  readonly likeness: number;
}

/** Embeddings of the drawings at each tap: tap after tap, a unit row each. */
export const splitTaps = (
  { taps, drawings }: Manifest,
  embeddings: Float32Array,
): readonly Float32Array[] => {
  let from = 0;
  return taps.map(({ width }) => embeddings.subarray(from, (from += width * drawings.length)));
};

/** The drawings that a tap sees as most alike, the nearest first. */
export const nearest = (row: Float32Array, rows: Float32Array, count: number): readonly Neighbour[] => {
  const width = row.length;
  const likenesses = Array.from({ length: rows.length / width }, (_, at) => {
    let likeness = 0;
    for (let i = 0; i < width; i++) likeness += (row[i] ?? 0) * (rows[at * width + i] ?? 0);
    return { at, likeness };
  });
  return likenesses.sort((a, b) => b.likeness - a.likeness).slice(0, count);
};
