import { expect, it } from 'vitest';
import { briefly } from './briefly.ts';

const numbers = { AP: 0.4, AP75: 0.3, 'AP/cat': 0.5, constructor: 1 };

it('leaves out details by their name, and by how they begin where that ends with a slash', () => {
  expect(briefly(numbers, { details: ['AP75', 'AP/'] })).toEqual({ AP: 0.4, constructor: 1 });
  expect(briefly(numbers, { details: ['A', 'AP7'] })).toEqual(numbers);
  expect(briefly(numbers, {})).toEqual(numbers);
});
