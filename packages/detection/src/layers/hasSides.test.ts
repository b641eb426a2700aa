import { tensor, tidy } from '@tensorflow/tfjs-core';
import { leakedBy } from '@understory/core/testing';
import { expect, it } from 'vitest';
import { hasSides } from './hasSides.ts';

it('tells boxes of which one side is too short, and leaves no tensor behind', () => {
  const boxes = tensor([0, 0, 2, 2, 0, 0, 2, 1, 5, 5, 6, 9, 3, 3, 3, 3, 4, 4, 2, 2], [1, 5, 4]);
  expect(tidy(() => Array.from(hasSides(boxes, 2).dataSync()))).toEqual([1, 0, 0, 0, 0]);
  expect(tidy(() => Array.from(hasSides(boxes, 1).dataSync()))).toEqual([1, 1, 1, 0, 0]);
  expect(leakedBy(() => hasSides(boxes, 1))).toBe(0);
});
