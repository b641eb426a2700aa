import { expect, it } from 'vitest';
import { compareClasses } from './compareClasses.ts';
import type { RunInfo } from './runInfo.ts';

const compare = (taught: readonly string[], classes: readonly string[]): string[] => {
  const said: string[] = [];
  compareClasses('runs/wide', { dataset: { classes: taught } } as unknown as RunInfo, { classes }, (line) =>
    said.push(line),
  );
  return said;
};

it('lets a teacher of the same classes pass, tells of other ones, and refuses another order', () => {
  expect(compare(['cat', 'dog'], ['cat', 'dog'])).toEqual([]);
  expect(compare(['car', 'van', 'bus'], ['cat', 'dog'])).toEqual([
    'The teacher "runs/wide" was trained on other classes (3: car, van, bus) than these images have (2: cat, dog).',
  ]);
  expect(() => compare(['dog', 'cat'], ['cat', 'dog'])).toThrow(
    /in another order \(dog, cat; here cat, dog\)/,
  );
});
