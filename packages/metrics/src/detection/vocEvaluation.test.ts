import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawSet, type DrawnSet } from './drawnBoxes.test.support.ts';
import { vocEvaluation, type BoxEdges, type ImageBoxes, type VocOptions } from './index.ts';

type Result = VocOptions & { readonly mAP: number; readonly byClass: readonly number[] };
type Golden = DrawnSet & { readonly results: readonly Result[] };
const cases = JSON.parse(
  readFileSync(new URL('../../testdata/voc.json', import.meta.url), 'utf8'),
) as Golden[];

/** As the reference writes it: −1 where there is nothing to measure. */
const written = (value: number): number => (Number.isNaN(value) ? -1 : value);

describe("against the development kit's text", () => {
  it.each(cases)('set $seed', (set) => {
    for (const { mAP, byClass, ...options } of set.results) {
      const actual = vocEvaluation(drawSet(set), set.classes, options);
      expect(written(actual.mAP), JSON.stringify(options)).toBeCloseTo(mAP, 9);
      actual.byClass.forEach(({ AP }, c) => expect(written(AP)).toBeCloseTo(byClass[c]!, 9));
    }
  });
});

/** One true box of 10 by 10 pixels, and what was found. */
const imageOf = (kind: number, ...found: readonly BoxEdges[]): ImageBoxes => ({
  truth: [{ box: [0, 0, 10, 10], class: 0, kind, area: 100 }],
  found: found.map((box, i) => ({ box, class: 0, probability: 0.9 - i / 10 })),
});

describe('vocEvaluation', () => {
  it('counts a box that is found twice once right and once wrong', () => {
    const found: BoxEdges = [0, 0, 10, 9];
    const { byClass } = vocEvaluation([imageOf(0, found, found), imageOf(0, found)], 1);
    expect(byClass[0]).toMatchObject({ recall: 1, truths: 2 });
    // Right at .9 in both images, wrong at .8.
    expect(byClass[0]?.AP).toBe(1);
    expect(vocEvaluation([imageOf(0, [50, 50, 60, 60], found)], 1).mAP).toBeCloseTo(0.5, 12);
  });

  it('has nothing to measure where all boxes are difficult', () => {
    expect(vocEvaluation([imageOf(2, [0, 0, 10, 10])], 1).mAP).toBeNaN();
  });

  it('finds a box that overlaps by just so much, and the legacy way does not', () => {
    expect(vocEvaluation([imageOf(0, [0, 0, 10, 5])], 1).mAP).toBe(1);
    const inclusive = imageOf(0, [0, 0, 10, 4.5]); // 11 · 5.5 of 11 · 11
    expect(vocEvaluation([inclusive], 1, { legacy: true }).mAP).toBe(0);
  });

  it('takes every finite overlap above 0', () => {
    expect(() => vocEvaluation([], 1, { iou: 0 })).toThrow(/"iou" is 0; expected/);
    expect(() => vocEvaluation([], 1, { iou: NaN })).toThrow(/"iou" is NaN/);
  });
});
