import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { cocoEvaluation, detectionErrors, vocEvaluation, type BoxEdges, type ImageBoxes } from './index.ts';

const truth = [{ box: [0, 0, 10, 10] as BoxEdges, class: 0, kind: 0, area: 100 }];
const imageOf = (box: BoxEdges, probability: number): ImageBoxes => ({
  truth,
  found: [{ box, class: 0, probability }],
});

const edge = fc.oneof(
  fc.constantFrom(NaN, Infinity, -Infinity, 0, -5, 1e30),
  fc.integer({ min: -20, max: 40 }),
);
const strange = fc
  .record({ box: fc.tuple(edge, edge, edge, edge), probability: edge })
  .map(({ box, probability }) => ({ box, class: 0, probability }));

describe('boxes of any kind that a detector says', () => {
  it('never make a number NaN, nor one outside 0 to 1', () => {
    fc.assert(
      fc.property(fc.array(strange, { maxLength: 8 }), (found) => {
        const images = [{ truth, found }];
        const { numbers } = cocoEvaluation(images, 1);
        const voc = vocEvaluation(images, 1);
        const measured = [
          numbers['AP'],
          numbers['AP50'],
          numbers['APs'],
          numbers['AR100'],
          voc.mAP,
          voc.recall,
        ];
        for (const value of measured) expect(value! >= 0 && value! <= 1, String(value)).toBe(true);
        const { fate } = detectionErrors(images, 1).images[0]!.truth[0]!;
        expect(fate === 'found').toBe(voc.recall === 1);
      }),
    );
  });

  it.each([
    ['NaN', [NaN, 0, 10, 10]],
    ['an infinite edge', [0, 0, Infinity, 10]],
    ['swapped edges', [10, 10, 0, 0]],
    ['one side swapped', [0, 10, 10, 0]],
    ['no area', [5, 5, 5, 5]],
  ] as const)('are false alarms where they have %s, before a right one', (_, box) => {
    const right = { box: [0, 0, 10, 10] as BoxEdges, class: 0, probability: 0.5 };
    const found = [{ box, class: 0, probability: 0.9 }, right];
    expect(cocoEvaluation([{ truth, found }], 1).numbers['AP']).toBeCloseTo(0.5, 12);
    expect(vocEvaluation([{ truth, found }], 1).mAP).toBeCloseTo(0.5, 12);
  });

  it('come first, and find nothing, with a probability that is not finite', () => {
    const images = [imageOf([0, 0, 10, 10], NaN), imageOf([0, 0, 10, 10], 0.1)];
    expect(vocEvaluation(images, 1).mAP).toBeCloseTo(0.25, 12); // the second of two is right, of two boxes
    expect(detectionErrors(images, 1).counts).toMatchObject({ background: 1, right: 1, missed: 1 });
  });
});

const measures = [cocoEvaluation, vocEvaluation, detectionErrors];

describe.each(measures)('%o', (measure) => {
  it('names a class that is none, and truth that is not finite', () => {
    const sound = imageOf([0, 0, 1, 1], 1);
    expect(() =>
      measure([sound, { truth, found: [{ box: [0, 0, 1, 1], class: 3, probability: 1 }] }], 2),
    ).toThrow('Image 1: found box 0 has class 3; classes go from 0 to 1.');
    const broken = [{ box: [0, NaN, 1, 1] as BoxEdges, class: 0, kind: 0, area: 1 }];
    expect(() => measure([{ truth: broken, found: [] }], 1)).toThrow(
      /true box 0 is \[0, NaN, 1, 1\] with area 1/,
    );
    expect(() => measure([{ truth: [{ ...truth[0]!, kind: 7 }], found: [] }], 1)).toThrow(
      /has kind 7; expected/,
    );
  });

  it('measures no images and no classes', () => {
    expect(() => measure([], 0)).not.toThrow();
    expect(() => measure([{ truth: [], found: [] }], 2)).not.toThrow();
  });
});
