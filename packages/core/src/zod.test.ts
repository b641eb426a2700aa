import { describe, expect, it } from 'vitest';
import { readSpec } from './plugin.ts';
import { classWeights, spec, weight } from './zod.ts';

describe('spec', () => {
  it.each([
    ['supcon'],
    [['supcon']],
    [['supcon', {}]],
    [['supcon', { temperature: 0.1 }]],
    [['supcon', null]], // "- supcon:" in YAML
    [['supcon', 0.1]],
    [['supcon', [0.1]]],
    [['supcon', {}, {}]],
    [['supcon', 'moco']],
    [[]],
    [[7]],
    [{ name: 'supcon' }],
    [7],
    [null],
    [undefined],
  ])('takes %j if and only if readSpec reads it, and leaves it as it is', (value) => {
    const parsed = spec.safeParse(value);
    expect(parsed.success).toBe(readSpec(value) !== undefined);
    if (parsed.success) expect(parsed.data).toEqual(value);
    else expect(parsed.error.issues[0]!.message).toBe('expected a name, or [name, { options }]');
  });
});

it('takes class weights by one word, as a list or by name, and refuses negative ones', () => {
  for (const value of [undefined, 'balanced', [1, 0], { cat: 2 }])
    expect(classWeights.parse(value)).toEqual(value);
  for (const value of ['even', [], [-1], { cat: -1 }])
    expect(classWeights.safeParse(value).success).toBe(false);
});

it('says what a weight multiplies, and has a default', () => {
  const option = weight(2, 'the pull');
  expect(option.parse(undefined)).toBe(2);
  expect(option.description).toBe('multiplies the pull, no unit');
});
