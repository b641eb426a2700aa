import { expect, it } from 'vitest';
import { briefly } from './briefly.ts';

const numbers = { AP: 0.4, AP75: 0.3, 'AP/cat': 0.5, constructor: 1 };

it('leaves out details by their name, and by how they begin where that ends with a slash', () => {
  expect(briefly(numbers, { details: ['AP75', 'AP/'] })).toEqual({ AP: 0.4, constructor: 1 });
  expect(briefly(numbers, { details: ['A', 'AP7'] })).toEqual(numbers);
  expect(briefly(numbers, {})).toEqual(numbers);
});

it('leaves out details by how they end where that begins with a slash', () => {
  const told = { accuracy: 0.5, 'stage1/knn': 0.4, 'a/b/knn': 0.3, knn: 0.2 };
  expect(briefly(told, { details: ['/knn'] })).toEqual({ accuracy: 0.5, knn: 0.2 });
});
