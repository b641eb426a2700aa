import { tensor, zeros, type Tensor } from '@tensorflow/tfjs-core';
import { leakedBy } from '@understory/core/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { codeOf, taken } from '../boxes.test.support.ts';
import { sample } from '../index.ts';

const draw = (
  assigned: readonly number[],
  keys: readonly number[],
  count: number,
  positives: number,
): { places: number[]; weights: number[] } => {
  const of = [1, assigned.length] as [number, number];
  const { indices, weights } = sample(tensor([...assigned], of, 'int32'), tensor([...keys], of), {
    count,
    positives,
  });
  return { places: taken(indices), weights: taken(weights) };
};

const rows = fc.array(fc.tuple(fc.integer({ min: -2, max: 2 }), fc.nat(7)), { minLength: 1, maxLength: 20 });

it('draws no anchor twice, none that is ignored, and no more positives than their share', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 30 }), fc.nat(8), (anchors, count, eighths) => {
      const assigned = anchors.map(([a]) => a);
      const keys = anchors.map(([, key]) => key / 8); // many are equal, some 0
      const { places, weights } = draw(assigned, keys, count, eighths / 8);
      const drawn = places.filter((_, i) => weights[i] === 1);
      const most = Math.floor((count * eighths) / 8);
      const positive = Math.min(most, assigned.filter((a) => a >= 0).length);
      const negative = Math.min(count - positive, assigned.filter((a) => a === -1).length);
      expect(places).toHaveLength(count);
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(drawn.map((a) => (assigned[a]! >= 0 ? 1 : assigned[a]))).toEqual([
        ...Array.from({ length: positive }, () => 1),
        ...Array.from({ length: negative }, () => -1),
      ]);
      expect(places.slice(drawn.length).every((a) => a === 0)).toBe(true);
      expect(weights).toEqual(weights.map((_, i) => (i < drawn.length ? 1 : 0)));
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('takes those with the largest keys, in that order', () => {
  const { places } = draw([0, -1, -1, 2, 1, -2, -1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], 4, 0.5);
  expect(places).toEqual([4, 3, 6, 2]);
});

it('leaves no tensor behind, and refuses keys of another shape', () => {
  const [assigned, keys] = [tensor([[0, -1, -2]], [1, 3], 'int32'), zeros([1, 3])];
  const draws = (of: Tensor): Tensor[] => {
    const { indices, weights } = sample(assigned, of, { count: 5, positives: 0.5 });
    return [indices, weights];
  };
  expect(leakedBy(() => draws(keys))).toBe(0);
  expect(codeOf(() => draws(zeros([1, 4])))).toBe('bad-shape');
});
