import { expect, it } from 'vitest';
import { classesOfFile, compareClasses, compareClassifier, type Taught } from './compareClasses.ts';

const plain = { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] } as const;

const compare = (taught: readonly string[], classes: readonly string[], mean = 0.5): string[] => {
  const said: string[] = [];
  const normalization = { ...plain, mean: [mean, mean, mean] };
  const about = { config: {}, dataset: { classes: taught, normalization } } as unknown as Taught;
  compareClasses('runs/wide', about, { classes, normalization: plain }, (line) => said.push(line));
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

it('tells of a teacher that learned images normalised otherwise', () => {
  expect(compare(['cat', 'dog'], ['cat', 'dog'], 0.4)).toEqual([
    'The teacher "runs/wide" was trained on images normalised otherwise (mean 0.4, 0.4, 0.4, std 0.2, 0.2, 0.2) than ' +
      'these are (mean 0.5, 0.5, 0.5, std 0.2, 0.2, 0.2), and sees these: its answers may be worse.',
  ]);
});

it('reads from a checkpoint alone which classes it is of, and tells of a classifier of others', () => {
  const taught = classesOfFile({ origin: JSON.stringify({ data: { classes: ['dog', 'cat'] } }) })!;
  const about = { dataset: { classes: taught } };
  const here = { classes: ['cat', 'dog'], normalization: plain };
  expect(() => compareClasses('a.safetensors', about, here, () => undefined)).toThrow(/in another order/);
  const said: string[] = [];
  compareClassifier(taught, here.classes, (line) => said.push(line));
  compareClassifier(['cat', 'dog'], here.classes, (line) => said.push(line));
  compareClassifier(['car'], here.classes, (line) => said.push(line)); // begins afresh, which is said elsewhere
  expect(said).toHaveLength(1);
  expect([{}, { origin: 'x' }, { origin: 'null' }, { origin: '{}' }].map(classesOfFile)).toEqual(
    Array(4).fill(undefined),
  );
});
