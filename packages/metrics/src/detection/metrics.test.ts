import { float32, type Metric, type MetricBatch, type Named } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { drawSet } from './drawnBoxes.test.support.ts';
import {
  cocoAp,
  cocoEvaluation,
  readImageBoxes,
  vocAp,
  vocEvaluation,
  type FoundBox,
  type ImageBoxes,
} from './index.ts';

/** As a reader gives them: without what the drawing knows besides. */
const plain = ({ truth, found }: ImageBoxes): ImageBoxes => ({
  truth: truth.map(({ box, class: name, kind, area }) => ({ box, class: name, kind, area })),
  found,
});

/** Batches as a run gives them: pictures of twice the network's size, put at a corner of its image. */
const batchOf = (images: readonly ImageBoxes[], rows = 12): MetricBatch => {
  const within = (box: readonly number[]): number[] => box.map((edge, i) => edge / 2 + (i % 2 === 0 ? 8 : 4));
  const padded = (list: readonly number[][], width: number): number[] =>
    Array.from({ length: rows }, (_, i) => list[i] ?? Array.from({ length: width }, () => 0)).flat();
  const found = images.flatMap((image) =>
    padded(
      image.found.map((f) => [...within(f.box), f.class, f.probability]),
      6,
    ),
  );
  const truth = images.flatMap((image) =>
    padded(
      image.truth.map((t) => [...within(t.box), t.class, t.kind, t.area]),
      7,
    ),
  );
  const frame = images.flatMap(() => [8, 4, 408, 504, 800, 1000]);
  const n = images.length;
  return {
    outputs: { detections: float32(found, [n, rows, 6]) },
    targets: { boxes: float32(truth, [n, rows, 7]), frame: float32(frame, [n, 1, 6]) },
    count: n,
  };
};

const CLASSES = ['cat', 'dog', 'owl'];
const images = drawSet({ seed: 100, images: 6, classes: 3, truth: 6, found: 12, levels: 8 });

const measured = async (metric: Metric, batches: readonly MetricBatch[]): Promise<Named<number>> => {
  const pass = metric.begin({ classes: CLASSES });
  batches.forEach((batch) => pass.add(batch));
  return pass.end();
};

describe('readImageBoxes', () => {
  it('gives boxes in pixels of the picture as stored, without the rows that stand for none', () => {
    expect(readImageBoxes(batchOf(images))).toEqual(images.map(plain));
  });

  it('cuts what was found at the edges of the picture, and not what is true', () => {
    const one = (box: readonly number[]): ImageBoxes => ({
      truth: [{ box: [300, 100, 820, 250], class: 0, kind: 0, area: 1 }],
      found: [{ box: box as FoundBox['box'], class: 0, probability: 0.5 }],
    });
    const read = (box: readonly number[]): ImageBoxes => readImageBoxes(batchOf([one(box)]))[0]!;
    expect(read([300, -20, 830, 1004]).found[0]!.box).toEqual([300, 0, 800, 1000]);
    expect(read([NaN, 100, 830, Infinity]).found[0]!.box).toEqual([NaN, 100, 800, Infinity]);
    expect(read([300, 100, 830, 250]).truth[0]!.box).toEqual([300, 100, 820, 250]);
  });

  it('names what is not there', () => {
    const batch = batchOf(images);
    const other = { logits: float32([0, 1], [1, 2]) };
    expect(() => readImageBoxes({ ...batch, outputs: other })).toThrow(/"detections".* there are: logits/);
    expect(() => readImageBoxes({ ...batch, targets: {} })).toThrow(/the target "boxes"/);
    const flat = float32([8, 4, 8, 504, 800, 1000], [1, 1, 6]);
    expect(() => readImageBoxes({ ...batch, targets: { ...batch.targets, frame: flat } })).toThrow(
      'Detections of 6 images do not fit boxes of 6 and frames of 1.',
    );
    const one = batchOf(images.slice(0, 1));
    expect(() => readImageBoxes({ ...one, targets: { ...one.targets, frame: flat } })).toThrow(
      /"frame" is \[8, 4, 8, 504, 800, 1000\]; expected/,
    );
  });
});

describe('coco-ap', () => {
  it('is the evaluation of all batches', async () => {
    const batches = images.map((image) => batchOf([image]));
    expect(await measured(cocoAp(), batches)).toEqual(cocoEvaluation(images, 3).numbers);
  });

  it('says first what it is asked to, and each class where that is wanted', async () => {
    const numbers = await measured(cocoAp({ first: 'AP50', each: true }), [batchOf(images)]);
    expect(Object.keys(numbers)[0]).toBe('AP50');
    expect(Object.keys(numbers)).toHaveLength(15);
    expect(numbers['AP/dog']).toBe(cocoEvaluation(images, 3).byClass[1]?.['AP']);
  });

  it('is NaN of no images, in all numbers', async () => {
    expect(Object.values(await measured(cocoAp(), [])).every(Number.isNaN)).toBe(true);
  });
});

describe('voc-ap', () => {
  it.each([{}, { year: 2007 }, { iou: 0.75 }, { legacy: true }] as const)(
    'is the evaluation with %j',
    async (options) => {
      const batches = images.map((image) => batchOf([image]));
      const { mAP, recall, byClass } = vocEvaluation(images, 3, options);
      const each = Object.fromEntries(CLASSES.map((name, c) => [`mAP/${name}`, byClass[c]?.AP]));
      expect(await measured(vocAp({ ...options, each: true }), batches)).toEqual({ mAP, recall, ...each });
    },
  );
});

describe.each([cocoAp, vocAp])('%o', (make) => {
  it('gives names that do not depend on what is measured, and none that another metric of boxes gives', async () => {
    const [none, some] = [
      await measured(make({ each: true }), []),
      await measured(make({ each: true }), [batchOf(images)]),
    ];
    expect(Object.keys(none)).toEqual(Object.keys(some));
    const other = await measured((make === cocoAp ? vocAp : cocoAp)({ each: true }), []);
    expect(Object.keys(other).filter((name) => name in none)).toEqual([]);
  });
});
