import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { Augmentation } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyStreams, BATCH, type Size } from './anyPictures.test.support.ts';
import { centerCrop } from './geometric/centerCrop.ts';
import { crop } from './geometric/crop.ts';
import { flip } from './geometric/flip.ts';
import { randomResizedCrop } from './geometric/randomResizedCrop.ts';
import { resize } from './geometric/resize.ts';
import { rotate90 } from './geometric/rotate90.ts';
import { rotation } from './geometric/rotation.ts';
import { shear } from './geometric/shear.ts';
import { translate } from './geometric/translate.ts';
import { moveBoxes, shift } from './pixels/moveBoxes.ts';
import { forwardOf } from './pixels/warp.ts';
import { trivialAugment } from './policy/trivialAugment.ts';
import { anyBox, filled, hullOf, type Box } from './rectangles.test.support.ts';
import { randomApply } from './randomApply.ts';
import { sequence } from './sequence.ts';
import { boxSpec, mapSpec } from './targets.test.support.ts';
import { tensorsOf, valuesOf } from './testing.test.support.ts';

const forAll = (row: readonly number[], shape: readonly number[], dtype: 'int32' | 'float32'): Tensor =>
  tensor(Array.from({ length: BATCH }, () => row).flat(), [BATCH, ...shape], dtype);

interface Pair {
  readonly box: Box;
  /** Of the rectangle that the box was drawn around. */
  readonly hull: Box;
}

/** A box and its filled rectangle after one draw, for each image of a batch. */
const moveBoth = (made: Augmentation, size: Size, [box, seed]: readonly [Box, number]): Pair[] => {
  const params = tensorsOf(made.sample(anyStreams(seed), size));
  const map = made.applyTarget!(forAll(filled(box, size), size, 'int32'), mapSpec(size), params, size);
  const boxes = made.applyTarget!(forAll(box, [1, 4], 'float32'), boxSpec(1), params, size);
  const [, height, width] = map.shape as [number, number, number];
  const [pixels, sides] = [valuesOf(map), valuesOf(boxes)];
  return Array.from({ length: BATCH }, (_, i) => ({
    box: [...sides.slice(4 * i, 4 * i + 4)] as unknown as Box,
    hull: hullOf(pixels.slice(i * height * width, (i + 1) * height * width), width),
  }));
};

const SIZE = [9, 12] as const;
const anyDraw = fc.tuple(anyBox(SIZE), fc.nat(1000));

describe('a box', () => {
  it.each([
    crop({ size: 8, pad: 3 }),
    centerCrop({ size: 7 }),
    centerCrop({ size: 15 }),
    flip(),
    ...[0, 1, 2, 3].map((turns) => rotate90({ turns })),
    translate({ x: 0.6, y: 0.4 }),
    randomApply({ p: 0.5, augmentations: [flip({ p: 1 }), translate()] }),
    sequence('all', [crop({ pad: 2 }), flip(), rotate90()]),
  ])('stays the hull of its rectangle: $name', (made) => {
    const holds = (draw: readonly [Box, number]): void => {
      for (const { box, hull } of moveBoth(made, SIZE, draw)) expect(box).toEqual(hull);
    };
    fc.assert(fc.property(anyDraw, holds), { numRuns: 10, seed: 1 });
  });

  it.each<{ made: Augmentation; off?: number }>([
    { made: resize({ size: [6, 17] }) },
    { made: randomResizedCrop({ size: 11 }) },
    { made: rotation({ degrees: 180 }) },
    { made: rotation({ degrees: 40, interpolation: 'bilinear' }) },
    { made: shear({ x: 0.5, y: 0.4 }) },
    { made: trivialAugment() },
    { made: sequence('two', [rotation(), shear()]), off: 1 }, // each takes the nearest pixel
  ])('holds the middle of every pixel of its rectangle: $made.name', ({ made, off = 0 }) => {
    let seen = 0;
    const holds = (draw: readonly [Box, number]): void => {
      for (const { box, hull } of moveBoth(made, SIZE, draw)) {
        if (hull.every((v) => v === 0)) continue;
        seen++;
        const middles = hull.map((side, i) => (i < 2 ? side + 0.5 : side - 0.5));
        const slack = 0.001 + off;
        expect(middles.slice(0, 2).every((middle, i) => middle > box[i]! - slack)).toBe(true);
        expect(middles.slice(2).every((middle, i) => middle < box[i + 2]! + slack)).toBe(true);
      }
    };
    fc.assert(fc.property(anyDraw, holds), { numRuns: 10, seed: 2 });
    expect(seen).toBeGreaterThan(10);
  });

  const moved = (boxes: number[][], right: number, down = 0): unknown =>
    moveBoxes(tensor([boxes]), shift(right, down), [10, 10]).arraySync();

  it('is cut to the image, and keeps its further columns', () => {
    expect(moved([[1, 2, 9, 8, 5, 0.5]], 4, -3)).toEqual([[[0, 6, 6, 10, 5, 0.5]]]);
  });

  it('becomes zeros where nothing of it is left', () => {
    const outside = [4, 7, 6, 9, 3];
    expect(moved([outside, [4, 0, 6, 7, 2]], 3)).toEqual([
      [
        [0, 0, 0, 0, 3],
        [4, 3, 6, 10, 2],
      ],
    ]);
  });

  it('without area stays none, whatever is done', () => {
    const none = [0, 0, 0, 0];
    expect(moved([none, [6, 6, 4, 8], [3, 3, 3, 9]], 2, 2)).toEqual([[none, none, none]]);
    const mirrored = moveBoxes(tensor([[none, [6, 6, 4, 8]]]), [-1, 0, 10, 0, 1, 0], [10, 10]);
    expect(mirrored.arraySync()).toEqual([[none, none]]);
  });

  it('is nothing in a picture that became a line', () => {
    const line = forwardOf(tensor([[1, 1, 0, 1, 1, 0]]));
    expect(moveBoxes(tensor([[[2, 2, 5, 5]]]), line, [10, 10]).arraySync()).toEqual([[[0, 0, 0, 0]]]);
  });

  it('is left behind by a border that shows parts of the image again', () => {
    for (const border of ['edge', 'reflect', 'symmetric'] as const) {
      expect(crop({ border }).moves).toEqual(['map']);
      expect(crop({ border, pad: 0, size: 4 }).moves).toEqual(['map', 'boxes']);
    }
  });
});
