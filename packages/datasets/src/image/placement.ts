export interface Placement {
  /** Size to which the whole image is resized. */
  readonly resized: readonly [number, number];
  readonly top: number;
  readonly left: number;
}

/** Python's rounding, half to even, as in the reference's centre crop. */
const roundEven = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/**
 * Resize that just covers `size`, then the centre: for a square, the shorter side becomes the square's and the longer
 * one ⌊side · long / short⌋. `from` and `size` are [height, width].
 */
export const placement = (from: readonly [number, number], size: readonly [number, number]): Placement => {
  const [h, w] = from;
  const [th, tw] = size;
  // The side that is scaled the most decides; products of whole numbers, so that no rounding makes a side too short.
  const resized =
    th * w >= tw * h ? ([th, Math.floor((th * w) / h)] as const) : ([Math.floor((tw * h) / w), tw] as const);
  return { resized, top: roundEven((resized[0] - th) / 2), left: roundEven((resized[1] - tw) / 2) };
};
