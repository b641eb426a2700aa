import { describe, expect, it } from 'vitest';
import { tinyBackbone } from '../testing/index.ts';
import { findClassWeights, type ClassWeights } from './classWeights.ts';

const known = {
  backbone: tinyBackbone({ classes: 3 }),
  classNames: ['cat', 'dog', 'constructor'],
  trainLabels: Int32Array.of(0, 0, 0, 1, 1, 2, 0, 1),
};
const of = (setting: ClassWeights | undefined, more = {}): readonly number[] | undefined =>
  findClassWeights('test', setting, { ...known, ...more });

describe('class weights', () => {
  it('are none where nothing is said', () => {
    expect(of(undefined)).toBeUndefined();
  });

  it('are images over classes times images of the class where balanced, as scikit-learn has it', () => {
    expect(of('balanced')).toEqual([8 / (3 * 4), 8 / (3 * 3), 8 / (3 * 1)]);
    expect(() => of('balanced', { trainLabels: Int32Array.of(0, 2) })).toThrow(
      /class dog has no training image/,
    );
  });

  it('are a number a class, in order', () => {
    expect(of([1, 0, 2.5])).toEqual([1, 0, 2.5]);
    expect(() => of([1, 2])).toThrow(/has 2 numbers, and there are 3 classes/);
    expect(() => of([0, 0, 0])).toThrow(/0, 0, 0.*not all 0/);
    expect(() => of([1, NaN, 1])).toThrow(/finite/);
  });

  it('are numbers by name, 1 for the others, and name classes that there are', () => {
    expect(of({ dog: 3 })).toEqual([1, 3, 1]);
    expect(() => of({ dgo: 3 })).toThrow(/No class named "dgo". Did you mean "dog"/);
    const { backbone, trainLabels } = known;
    expect(() => findClassWeights('test', { dog: 3 }, { backbone, trainLabels })).toThrow(
      /does not tell the names/,
    );
  });
});
