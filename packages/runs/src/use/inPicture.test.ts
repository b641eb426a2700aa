import type { Prediction } from '@understory/core';
import { expect, it } from 'vitest';
import { inPicture } from './inPicture.ts';

const boxes = (...all: readonly (readonly [number, number, number, number])[]): Prediction => ({
  kind: 'boxes',
  boxes: all.map((box) => ({ class: 'cat', probability: 0.5, box })),
});

it('tells boxes in pixels of the picture, cut at its edges, and none that lie beside it', () => {
  // 200 × 300 pixels in the upper 64 × 96 of an image of 96 × 96.
  const picture = [0, 0, 64, 96, 200, 300] as const;
  expect(inPicture(boxes([16, 24, 32, 48], [60, -5, 90, 20], [70, 0, 90, 90]), picture)).toEqual(
    boxes([50, 75, 100, 150], [187.5, 0, 200, 62.5]),
  );
});

it('counts from the edge of a picture of which a part was cut away', () => {
  // 100 × 400 pixels of which the middle 100 × 100 fills an image of 50 × 50.
  const picture = [0, -75, 50, 125, 100, 400] as const;
  expect(inPicture(boxes([0, 0, 50, 50]), picture)).toEqual(boxes([0, 150, 100, 250]));
});

it('leaves other predictions, and numbers that are not finite, as they are', () => {
  const picture = [0, 0, 1, 1, 2, 2] as const;
  const labels: Prediction = { kind: 'labels', labels: [], chosen: [] };
  expect(inPicture(labels, picture)).toBe(labels);
  expect(inPicture(boxes([NaN, 0, 1, 1]), picture)).toEqual(boxes([NaN, 0, 2, 2]));
});
