import { describe, expect, it } from 'vitest';
import { UnderstoryError, nearest, unknownName } from './errors.ts';
import { explain, firstOf } from './explain.ts';
import { counted, listed, shown } from './shown.ts';
import { uniqueNames } from './training/network.ts';

describe('a value is shown', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [-0, '-0'],
    [[1, Number.NaN], '[1,"NaN"]'],
    [10n, '10n'],
    ['a "b"', '"a \\"b\\""'],
    [() => 1, 'a function'],
  ])('%s as %s', (value, text) => expect(shown(value)).toBe(text));

  it('in 60 characters at most, also where it contains itself', () => {
    const round: unknown[] = [];
    round.push(round);
    expect(shown(round)).toBe('a value that contains itself');
    expect(shown('x'.repeat(1e6))).toMatch(/^"x{58}…$/);
    expect(shown(Array(1000).fill(1))).toHaveLength(60);
  });
});

it('a number of things is one thing or several', () => {
  expect([counted(1, 'epoch'), counted(0, 'epoch')]).toEqual(['1 epoch', '0 epochs']);
  expect([counted(1, 'class', 'classes'), counted(1200, 'class', 'classes')]).toEqual([
    '1 class',
    '1,200 classes',
  ]);
});

describe('a message is bounded', () => {
  const names = Array.from({ length: 500 }, (_, i) => `name${i}`);

  it('in its choices', () => {
    expect(listed(['a', 'b'])).toBe('a, b');
    expect(listed([])).toBe('none');
    expect(listed(names)).toMatch(/^name0, .* and 4\d\d more$/);
    expect(unknownName('thing', 'x'.repeat(1e6), names).message.length).toBeLessThan(400);
    expect(nearest('x'.repeat(1e6), names)).toBeUndefined();
  });

  it('in how much it tells', () => {
    expect(firstOf(['a.', 'b.'])).toBe('a. b.');
    expect(firstOf(names.map((name) => `${name} is wrong.`))).toMatch(
      /^name0 is wrong\. .* And 4\d\d more\.$/,
    );
    expect(firstOf(['x'.repeat(1000)]).length).toBeLessThan(400);
  });
});

it('an error of another kind than a schema’s is told by its own words', () => {
  expect(explain('here', 1, undefined, new Error('odd'))).toBeInstanceOf(UnderstoryError);
  expect(explain('here', 1, undefined, new Error('odd')).message).toBe('here: odd');
  expect(explain('here', 1, undefined, null).message).toBe('here: null');
});

it('objectives of one name are told apart, whatever the others are called', () => {
  expect(uniqueNames(['a', 'b', 'a', 'a'])).toEqual(['a', 'b', 'a-2', 'a-3']);
  expect(uniqueNames(['a', 'a-2', 'a'])).toEqual(['a', 'a-2', 'a-3']);
});
