import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Corners } from './annotated.ts';
import { BOX_FAULTS, checkedBox } from './rules.ts';

const SIZE = [40, 60] as const;
const check = (corners: Corners, smallest = 1): ReturnType<typeof checkedBox> =>
  checkedBox({ corners, className: 'a', kind: 0 }, SIZE, { smallest });

describe('a box', () => {
  it.each<[what: string, corners: Corners, kept: Corners | undefined, reason: string | undefined]>([
    ['within its picture is kept', [1, 2, 30, 40], [1, 2, 30, 40], undefined],
    ['as large as its picture is kept', [0, 0, 40, 60], [0, 0, 40, 60], undefined],
    ['that reaches out is cut, and counted', [-3, 2, 41, 70], [0, 2, 40, 60], BOX_FAULTS.cut],
    ['outside is left out', [-9, 2, -1, 9], undefined, BOX_FAULTS.outside],
    ['that touches its picture from outside is left out', [40, 2, 50, 9], undefined, BOX_FAULTS.outside],
    ['with NaN is left out', [1, NaN, 5, 9], undefined, BOX_FAULTS.notFinite],
    ['with an infinity is left out', [1, 2, Infinity, 9], undefined, BOX_FAULTS.notFinite],
    ['with top and bottom swapped is left out', [30, 2, 1, 40], undefined, BOX_FAULTS.swapped],
    ['with left and right swapped is left out', [1, 40, 30, 2], undefined, BOX_FAULTS.swapped],
    ['that is a line is left out', [1, 2, 1, 40], undefined, BOX_FAULTS.flat],
    ['that is a point is left out', [1, 2, 1, 2], undefined, BOX_FAULTS.flat],
    ['smaller than a pixel is left out', [1, 2, 1.9, 40], undefined, 'boxes smaller than 1 px'],
    [
      'of which less than a pixel is within is left out',
      [-9, 2, 0.5, 40],
      undefined,
      'boxes smaller than 1 px',
    ],
  ])('%s', (_, corners, kept, reason) => {
    const got = check(corners);
    expect(got.box?.corners).toEqual(kept);
    expect(got.reason).toBe(reason);
  });

  it('of any numbers lies within its picture, or is left out with a reason', () => {
    const number = fc.oneof(
      fc.double(),
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.integer({ min: -5, max: 65 }),
    );
    fc.assert(
      fc.property(fc.tuple(number, number, number, number), fc.constantFrom(0, 1, 5), (corners, smallest) => {
        const { box, reason } = check(corners, smallest);
        if (!box) expect(reason).toBeTypeOf('string');
        else {
          const [top, left, bottom, right] = box.corners;
          expect(0 <= top && top < bottom && bottom <= 40 && 0 <= left && left < right && right <= 60).toBe(
            true,
          );
          expect(bottom - top >= smallest && right - left >= smallest).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
