import { BOXES, boxesSpec, FRAME, frameSpec, float32, type Dataset, type Samples } from '@understory/core';

/** A box: top, left, bottom, right, class, kind, area. */
export type Row = readonly number[];

const MOST = 3;

/** Samples of 20 × 40 pixels, grey, of which the picture takes the upper 20 × 30, with these boxes each. */
export const boxSamples = (images: readonly (readonly Row[])[]): Samples => ({
  length: images.length,
  size: [20, 40],
  targets: { [BOXES]: boxesSpec(MOST), [FRAME]: frameSpec },
  readTargets: (positions) => {
    const rows = new Float32Array(positions.length * MOST * 7);
    const frames = new Float32Array(positions.length * 6);
    Array.from(positions).forEach((p, n) => {
      images[p]!.forEach((row, r) => rows.set(row, (n * MOST + r) * 7));
      frames.set([0, 0, 20, 30, 200, 300], n * 6);
    });
    return Promise.resolve({
      [BOXES]: float32(rows, [positions.length, MOST, 7]),
      [FRAME]: float32(frames, [positions.length, 1, 6]),
    });
  },
  read: (positions) => Promise.resolve(new Uint8Array(positions.length * 20 * 40 * 3).fill(128)),
  describe: (i) => `pictures/${i}.jpg`,
});

export const boxData = (
  train: readonly (readonly Row[])[],
  test: readonly (readonly Row[])[] = [],
): Dataset => ({
  name: 'things',
  classes: ['cat', 'dog'],
  normalization: { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] },
  fit: 'contain',
  train: boxSamples(train),
  validation: boxSamples([]),
  test: boxSamples(test),
  leftOut: [],
});
