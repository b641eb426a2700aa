import { streamNumber } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { placement } from './resizeBilinear.ts';
import { resizeBilinear } from './resizeBilinear.ts';

/** The 8 x 8 source of the golden table: a 32-bit hash of the index, as in the handbook of our sources. */
const hashed = (): Uint8Array =>
  Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => Math.floor(((streamNumber(i, 70) + 1) / 2) * 256));

describe('resizeBilinear', () => {
  // Values of Pillow's bilinear resize for the same source.
  it.each([
    [4, 4, [133, 134, 86, 147, 133, 114], 6440],
    [5, 3, [139, 124, 82, 158, 99, 124], 6023],
    [13, 13, [12, 36, 1, 105, 26, 53], 68007],
  ] as const)('to %i x %i equals Pillow', (h, w, first, sum) => {
    const { data, height, width } = resizeBilinear({ data: hashed(), height: 8, width: 8 }, [h, w]);
    expect([height, width]).toEqual([h, w]);
    expect(Array.from(data.subarray(0, 6))).toEqual(first);
    expect(data.reduce((a, b) => a + b, 0)).toBe(sum);
  });

  it('keeps a picture of one colour, and one that has the size already', () => {
    const grey = new Uint8Array(3 * 5 * 3).fill(255);
    expect(new Set(resizeBilinear({ data: grey, height: 3, width: 5 }, [7, 2]).data)).toEqual(new Set([255]));
    expect(resizeBilinear({ data: hashed(), height: 8, width: 8 }, [8, 8]).data).toEqual(hashed());
  });
});

describe('placement', () => {
  it.each([
    [[375, 500], [224, 224], { resized: [224, 298], top: 0, left: 37 }],
    [[500, 375], [224, 224], { resized: [298, 224], top: 37, left: 0 }],
    [[480, 640], [256, 256], { resized: [256, 341], top: 0, left: 42 }],
    [[32, 32], [32, 32], { resized: [32, 32], top: 0, left: 0 }],
    [[100, 100], [20, 50], { resized: [50, 50], top: 15, left: 0 }],
    [[3, 1000], [32, 32], { resized: [32, 10666], top: 0, left: 5317 }],
  ] as const)('%j to %j', (from, size, expected) => {
    expect(placement(from, size)).toEqual(expected);
  });

  it('always covers the size', () => {
    for (let h = 1; h < 60; h += 7) {
      for (let w = 1; w < 60; w += 5) {
        const { resized, top, left } = placement([h, w], [17, 23]);
        expect(resized[0] - top).toBeGreaterThanOrEqual(17);
        expect(resized[1] - left).toBeGreaterThanOrEqual(23);
        expect(Math.min(top, left)).toBe(0);
      }
    }
  });
});
