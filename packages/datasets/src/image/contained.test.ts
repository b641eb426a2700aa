import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bySides, contained } from './contained.ts';

const side = fc.integer({ min: 1, max: 4096 });

describe('contained', () => {
  it('fits into the size, touches it, and keeps the shape to half a pixel', () => {
    fc.assert(
      fc.property(side, side, side, side, (h, w, H, W) => {
        const [height, width] = contained([h, w], [H, W]);
        expect(height >= 1 && width >= 1 && height <= H && width <= W).toBe(true);
        expect(height === H || width === W).toBe(true);
        const scale = Math.min(H / h, W / w);
        expect(Math.abs(height - h * scale)).toBeLessThanOrEqual(Math.max(0.5 + 1e-9, 1 - h * scale));
        expect(Math.abs(width - w * scale)).toBeLessThanOrEqual(Math.max(0.5 + 1e-9, 1 - w * scale));
      }),
    );
  });

  it.each([
    [
      [480, 640],
      [240, 320],
      [240, 320],
    ],
    [
      [640, 480],
      [240, 320],
      [240, 180],
    ],
    [
      [427, 640],
      [320, 320],
      [214, 320],
    ],
    [
      [3, 1000],
      [64, 64],
      [1, 64],
    ],
  ] as const)('%j into %j is %j', (picture, size, expected) => {
    expect(contained(picture, size)).toEqual(expected);
  });
});

describe('bySides', () => {
  // mmcv.imrescale, scale=(1333, 800): int(side · scale + .5)
  it.each([
    [
      [480, 640],
      [800, 1067],
    ],
    [
      [640, 480],
      [1067, 800],
    ],
    [
      [427, 640],
      [800, 1199],
    ],
    [
      [360, 640],
      [750, 1333],
    ],
    [
      [1000, 300],
      [1333, 400],
    ],
  ] as const)('%j becomes %j at 800 and 1333, as in mmdetection', (picture, expected) => {
    expect(bySides(picture, { shortest: 800, longest: 1333 })).toEqual(expected);
  });
});
