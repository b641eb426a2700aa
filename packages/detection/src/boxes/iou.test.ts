import { expandDims, tensor, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBox, boxesOf, codeOf, plainIou, taken } from '../boxes.test.support.ts';
import { giouLoss, iou, overlap, pairGiou, pairIou } from '../index.ts';

const someBoxes = fc.array(anyBox, { minLength: 1, maxLength: 6 });

it('is the intersection over the union of every pair, 0 without area', () => {
  fc.assert(
    fc.property(someBoxes, someBoxes, (a, b) => {
      const found = taken(iou(boxesOf(a), boxesOf(b)));
      const plain = a.flatMap((x) => b.map((y) => plainIou(x, y)));
      found.forEach((v, i) => expect(v).toBeCloseTo(plain[i]!, 6));
    }),
    { seed: 1, numRuns: 50 },
  );
});

it('is symmetric to the bit, and from 0 to 1; GIoU is at most it, and from −1', () => {
  fc.assert(
    fc.property(someBoxes, someBoxes, (a, b) => {
      const [x, y] = [boxesOf(a), boxesOf(b)];
      const [there, back] = [taken(iou(x, y)), taken(iou(y, x))];
      a.forEach((_, i) => b.forEach((_, j) => expect(back[j * a.length + i]).toBe(there[i * b.length + j])));
      const giou = taken(pairGiou(expandDims(x, 1), expandDims(y, 0)));
      there.forEach((v, i) => {
        expect(v >= 0 && v <= 1).toBe(true);
        expect(giou[i]! >= -1 && giou[i]! <= v + 1e-6).toBe(true);
      });
    }),
    { seed: 2, numRuns: 50 },
  );
});

it('broadcasts leading axes', () => {
  const a = tensor([0, 0, 10, 10, 0, 0, 5, 10], [2, 1, 4]);
  const found = iou(a, boxesOf([[0, 0, 10, 10]]));
  expect(found.shape).toEqual([2, 1, 1]);
  expect(taken(found)).toEqual([1, 0.5]);
  expect(taken(overlap(a, boxesOf([[0, 0, 5, 5]])))).toEqual([0.25, 0.5]);
});

it('costs nothing where boxes are equal, and up to 2 where they are far apart', () => {
  const a = boxesOf([
    [0, 0, 10, 10],
    [0, 0, 1, 1],
  ]);
  const costs = taken(
    giouLoss(
      a,
      boxesOf([
        [0, 0, 10, 10],
        [99, 99, 100, 100],
      ]),
    ),
  );
  expect(costs[0]).toBeCloseTo(0, 6);
  expect(costs[1]).toBeCloseTo(1.9998, 4);
});

it('takes a swapped box for one without area', () => {
  const [swapped, sound] = [boxesOf([[10, 0, 0, 10]]), boxesOf([[0, 0, 10, 10]])];
  for (const f of [pairIou, pairGiou]) expect(taken(f(swapped, sound))[0]).toBeCloseTo(0, 6);
});

it('refuses rows of other than four numbers', () => {
  for (const f of [iou, overlap, pairIou, pairGiou])
    expect(codeOf(() => f(zeros([2, 5]), zeros([2, 5])))).toBe('bad-shape');
});
