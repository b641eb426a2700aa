import { tensor, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBox, areaOf, boxesOf, codeOf, taken } from '../boxes.test.support.ts';
import { clipBoxes, decodeBoxes, encodeBoxes, type DeltaStd } from '../index.ts';

const ONE: DeltaStd = [1, 1, 1, 1];
const ROI: DeltaStd = [0.1, 0.1, 0.2, 0.2];
const close = (found: number[], wanted: readonly number[], digits: number): void => {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((v, i) => expect(found[i]).toBeCloseTo(v, digits));
};

it('encodes as both sources do, x before y', () => {
  const anchor = boxesOf([[20, 10, 80, 50]]);
  const box = boxesOf([[18, 12, 70, 60]]);
  close(taken(encodeBoxes(anchor, box, ONE)), [0.15, -0.1, 0.18232156, -0.14310084], 6);
  close(taken(encodeBoxes(anchor, box, ROI)), [1.5, -1, 0.91160778, -0.71550422], 6);
});

it.each([true, false])('decodes what it has encoded, symmetric %s', (symmetric) => {
  const sized = anyBox.filter((box) => areaOf(box) > 0);
  fc.assert(
    fc.property(sized, sized, fc.constantFrom(ONE, ROI), (anchor, box, std) => {
      const from = boxesOf([anchor]);
      close(taken(decodeBoxes(from, encodeBoxes(from, boxesOf([box]), std), std, { symmetric })), box, 4);
    }),
    { seed: 1, numRuns: 50 },
  );
});

it('lets a side grow to 62.5 times the anchor, and shrink as far where it is symmetric', () => {
  const anchor = boxesOf([[0, 0, 16, 16]]);
  const deltas = tensor([[0, 0, 99, -99]]);
  close(taken(decodeBoxes(anchor, deltas, ONE)), [8, 8 - 500, 8, 8 + 500], 2);
  close(
    taken(decodeBoxes(anchor, deltas, ONE, { symmetric: true })),
    [8 - 0.128, 8 - 500, 8 + 0.128, 8 + 500],
    2,
  );
});

it('encodes a side of none as a millionth of a pixel, and what is no number as 0', () => {
  const [anchor, flat] = [boxesOf([[0, 0, 10, 10]]), boxesOf([[2, 3, 2, 8]])];
  close(taken(encodeBoxes(anchor, flat, ONE)), [0.05, -0.3, Math.log(0.5), Math.log(1e-7)], 5);
  expect(taken(encodeBoxes(flat, anchor, ONE)).every(Number.isFinite)).toBe(true);
  expect(taken(encodeBoxes(anchor, boxesOf([[NaN, 0, 10, 10]]), ONE))).toEqual([0, 0, 0, 0]);
});

it('takes anchors for all images of a batch', () => {
  const anchors = boxesOf([
    [0, 0, 8, 8],
    [8, 8, 24, 24],
  ]);
  const boxes = decodeBoxes(anchors, zeros([3, 2, 4]), ONE);
  expect(boxes.shape).toEqual([3, 2, 4]);
  close(
    taken(boxes),
    [1, 2, 3].flatMap(() => [0, 0, 8, 8, 8, 8, 24, 24]),
    5,
  );
});

it('cuts boxes at the picture of each image, so that those outside have no area', () => {
  const boxes = tensor([-5, -5, 50, 50, 60, 60, 70, 70, -5, -5, 50, 50, 60, 60, 70, 70], [2, 2, 4]);
  const frames = tensor([
    [0, 0, 40, 30],
    [4, 2, 100, 100],
  ]);
  expect(taken(clipBoxes(boxes, frames))).toEqual([
    0, 0, 40, 30, 40, 30, 40, 30, 4, 2, 50, 50, 60, 60, 70, 70,
  ]);
});

it('refuses shapes that do not fit', () => {
  expect(codeOf(() => clipBoxes(zeros([2, 3, 4]), zeros([3, 4])))).toBe('bad-shape');
  expect(codeOf(() => encodeBoxes(zeros([2, 5]), zeros([2, 4]), ONE))).toBe('bad-shape');
});
