import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawSet, type DrawnSet } from './drawnBoxes.test.support.ts';
import { cocoEvaluation } from './index.ts';

type Golden = DrawnSet & { readonly numbers: readonly number[]; readonly byClass: readonly number[] };
const cases = JSON.parse(
  readFileSync(new URL('../../testdata/coco.json', import.meta.url), 'utf8'),
) as Golden[];

/** As the reference writes it: −1 where there is nothing to measure. */
const written = (value: number): number => (Number.isNaN(value) ? -1 : value);

const NAMES = 'AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl'.split(' ');

describe('against pycocotools', () => {
  it.each(cases)('set $seed: $images images, $classes classes', (set) => {
    const { numbers, byClass } = cocoEvaluation(drawSet(set), set.classes);
    expect(Object.keys(numbers)).toEqual(NAMES);
    Object.values(numbers).forEach((value, i) =>
      expect(written(value), NAMES[i]).toBeCloseTo(set.numbers[i]!, 9),
    );
    byClass.forEach(({ AP = NaN }, c) => expect(written(AP), `class ${c}`).toBeCloseTo(set.byClass[c]!, 9));
  });
});
