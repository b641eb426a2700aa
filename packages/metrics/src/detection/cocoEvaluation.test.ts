import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawSet, type DrawnSet } from './drawnBoxes.test.support.ts';
import { cocoEvaluation, type BoxEdges, type ImageBoxes } from './index.ts';

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

/** Edges of a box as COCO's files write it. */
const edges = ([x, y, w, h]: readonly [number, number, number, number]): BoxEdges => [y, x, y + h, x + w];
type Row = readonly [name: number, box: readonly [number, number, number, number], mark: number];
const imageOf = (truth: readonly Row[], found: readonly Row[]): ImageBoxes => ({
  truth: truth.map(([name, box, kind]) => ({ class: name, box: edges(box), kind, area: box[2] * box[3] })),
  found: found.map(([name, box, probability]) => ({ class: name, box: edges(box), probability })),
});

/** Two pictures, a crowd among their boxes. */
const images = [
  imageOf(
    [
      [0, [10, 10, 50, 50], 0],
      [0, [100, 100, 20, 20], 0],
      [1, [30, 30, 100, 100], 0],
    ],
    [
      [0, [12, 12, 50, 50], 0.9],
      [0, [101, 99, 22, 20], 0.8],
      [0, [60, 60, 30, 30], 0.7],
      [1, [28, 33, 100, 95], 0.6],
    ],
  ),
  imageOf(
    [
      [0, [0, 0, 150, 150], 0],
      [0, [160, 160, 30, 30], 1],
      [1, [50, 50, 40, 40], 0],
    ],
    [
      [0, [5, 5, 150, 150], 0.95],
      [0, [165, 165, 20, 20], 0.85],
      [0, [0, 0, 120, 150], 0.5],
      [1, [55, 50, 40, 45], 0.4],
      [1, [50, 52, 38, 40], 0.3],
    ],
  ),
];

describe('cocoEvaluation', () => {
  const evaluation = cocoEvaluation(images, 3);
  const { numbers, truths } = evaluation;

  it('gives the published values', () => {
    const expected = [
      ...[0.766832, 1, 0.917492, 0.6, 0.725, 0.85, 0.616667, 0.791667, 0.791667, 0.6, 0.8, 0.85],
    ];
    Object.values(numbers).forEach((value, i) => expect(value, NAMES[i]).toBeCloseTo(expected[i]!, 6));
  });

  it('has a curve for each class and overlap, and none of a class without true boxes', () => {
    expect(truths).toEqual([3, 2, 0]);
    const points = evaluation.precision(0, 0.5);
    expect(points).toHaveLength(101);
    expect(points[0]).toEqual({ recall: 0, precision: 1, probability: 0.95 });
    expect(points.at(-1)).toEqual({ recall: 1, precision: 1, probability: 0.8 });
    expect(evaluation.precision(1, 0.95).at(-1)).toEqual({ recall: 1, precision: 0, probability: 0 });
    expect(evaluation.precision(2)).toEqual([]);
    expect(evaluation.precision(0, 0.9, 'small')).toHaveLength(101);
  });

  it('names what it has no curve of', () => {
    expect(() => evaluation.precision(0, 0.3)).toThrow(
      /no curve of class 0 at overlap 0.3. Classes go from 0 to 2/,
    );
    expect(() => evaluation.precision(3)).toThrow(/no curve of class 3/);
  });

  it('looks for the likeliest hundred of a class, whatever their order', () => {
    const [first] = images;
    const many = Array.from({ length: 100 }, () => ({
      box: edges([0, 150, 9, 9]),
      class: 0,
      probability: 0.99,
    }));
    const full = { truth: first!.truth, found: [...first!.found, ...many] };
    expect(cocoEvaluation([full], 1 + 1).byClass[0]).toMatchObject({ AP: 0, AR100: 0 });
  });
});
