import { expect, it } from 'vitest';
import { ids, leaked, numberOf } from './golden.test.support.ts';
import { anchorsWithoutPositive } from './index.ts';

it('counts the rows whose label no other row has', () => {
  expect(numberOf(anchorsWithoutPositive(ids(0, 1, 0, 2, 3, 3, 7)))).toBe(3);
  expect(numberOf(anchorsWithoutPositive(ids(1, 1, 1)))).toBe(0);
  expect(numberOf(anchorsWithoutPositive(ids(5)))).toBe(1);
});

it('counts none where each sample has two views', () => {
  expect(numberOf(anchorsWithoutPositive(ids(0, 1, 2), 6))).toBe(0);
});

it('leaves no tensor behind', () => {
  const labels = ids(0, 1, 1);
  expect(leaked(() => anchorsWithoutPositive(labels))).toBe(0);
});
