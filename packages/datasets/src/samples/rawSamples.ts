import { UnderstoryError, type Samples } from '@understory/core';

export interface RawImages {
  /** [N, H, W, 3] uint8, row-major. */
  readonly pixels: Uint8Array;
  readonly size: readonly [number, number];
  readonly labels: Int32Array;
  readonly describe: (position: number) => string;
}

/** An error for a position that a split has not. */
export const checkPosition = (position: number, length: number): void => {
  if (Number.isInteger(position) && position >= 0 && position < length) return;
  throw new UnderstoryError(
    'bad-position',
    `No sample at position ${position}: this split holds 0 … ${length - 1}.`,
  );
};

/** Samples whose pixels lie in memory. */
export const rawSamples = ({ pixels, size, labels, describe }: RawImages): Samples => {
  const bytes = size[0] * size[1] * 3;
  const read = (positions: ArrayLike<number>): Uint8Array => {
    const out = new Uint8Array(positions.length * bytes);
    for (let i = 0; i < positions.length; i++) {
      const at = positions[i]!;
      checkPosition(at, labels.length);
      out.set(pixels.subarray(at * bytes, (at + 1) * bytes), i * bytes);
    }
    return out;
  };
  return {
    length: labels.length,
    size,
    labels,
    // eslint-disable-next-line @typescript-eslint/require-await -- turns a bad position into a rejection
    read: async (positions) => read(positions),
    describe,
  };
};
