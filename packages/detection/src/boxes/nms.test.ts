import { memory, tensor1d, zeros, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBox, boxesOf, codeOf, plainIou, taken, type Box } from '../boxes.test.support.ts';
import { classNms, nms, type Kept } from '../index.ts';

/** The places kept, without those left over; the tensors are disposed. */
const placesOf = ({ indices, valid }: Kept): number[] => {
  const count = taken(valid).filter((v) => v === 1).length;
  return taken(indices).slice(0, count);
};

const GOLDEN: Box[] = [
  [0, 0, 10, 10],
  [1, 1, 11, 11],
  [0, 0, 5, 10],
  [20, 20, 30, 30],
  [21, 21, 31, 31],
];

it('keeps a box that overlaps a better one by exactly the threshold', () => {
  const scores = tensor1d([0.9, 0.8, 0.7, 0.6, 0.95]);
  const kept = (iou: number): number[] => placesOf(nms(boxesOf(GOLDEN), scores, { iou, most: 5 }));
  expect(kept(0.5)).toEqual([4, 0, 2]);
  expect(kept(0.7)).toEqual([4, 0, 1, 2, 3]);
});

/** Non-maximum suppression as a loop, within classes. */
const plainNms = (
  boxes: readonly Box[],
  scores: readonly number[],
  classes: readonly number[],
  iou: number,
) => {
  const order = boxes.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const kept: number[] = [];
  for (const i of order)
    if (!kept.some((k) => classes[k] === classes[i] && plainIou(boxes[k]!, boxes[i]!) > iou)) kept.push(i);
  return kept;
};

const scene = fc.array(fc.tuple(anyBox, fc.nat(4), fc.nat(2)), { minLength: 1, maxLength: 12 });

it('keeps what a loop keeps, equal scores by place, and no pair above the threshold', () => {
  fc.assert(
    fc.property(scene, fc.constantFrom(0.25, 0.5, 0.75), (rows, iou) => {
      const boxes = rows.map(([box]) => box);
      const scores = rows.map(([, score]) => score / 4);
      const classes = rows.map(([, , c]) => c);
      const most = boxes.length + 2;
      const inputs = [boxesOf(boxes), tensor1d(scores)] as const;
      const none = boxes.map(() => 0);
      expect(placesOf(nms(...inputs, { iou, most }))).toEqual(plainNms(boxes, scores, none, iou));
      const kept = placesOf(classNms(...inputs, tensor1d(classes, 'int32'), { iou, most }));
      expect(kept).toEqual(plainNms(boxes, scores, classes, iou));
      for (const i of kept)
        for (const j of kept)
          if (i < j && classes[i] === classes[j])
            expect(plainIou(boxes[i]!, boxes[j]!)).toBeLessThanOrEqual(iou);
    }),
    { seed: 1, numRuns: 50 },
  );
});

it('leaves out scores of the least and below, and keeps no more than asked for', () => {
  const scores = tensor1d([0.9, 0.8, 0.7, 0.6, 0.95]);
  const kept = (options: { most: number; least?: number }): number[] =>
    placesOf(nms(boxesOf(GOLDEN), scores, { iou: 0.7, ...options }));
  expect(kept({ most: 3 })).toEqual([4, 0, 1]);
  expect(kept({ most: 9, least: Math.fround(0.8) })).toEqual([4, 0]);
  expect(kept({ most: 9, least: 1 })).toEqual([]);
});

it('leaves no tensor behind, nor when it throws', () => {
  const [boxes, scores] = [boxesOf(GOLDEN), tensor1d([1, 2, 3, 4, 5])];
  const classes: Tensor1D = tensor1d([0, 0, 1, 1, 1], 'int32');
  const before = memory().numTensors;
  placesOf(nms(boxes, scores, { iou: 0.5, most: 9 }));
  placesOf(classNms(boxes, scores, classes, { iou: 0.5, most: 9 }));
  const empty: Tensor2D = zeros([0, 4]);
  expect(codeOf(() => nms(empty, scores, { iou: 0.5, most: 9 }))).toBe('bad-shape');
  expect(codeOf(() => classNms(boxes, scores, tensor1d([0], 'int32'), { iou: 0.5, most: 9 }))).toBe(
    'bad-shape',
  );
  expect(memory().numTensors).toBe(before + 2); // `empty`, and the classes of the last call
});
