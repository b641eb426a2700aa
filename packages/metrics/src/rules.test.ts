import {
  measurePredictions,
  float32,
  int32,
  type Metric,
  type NdArray,
  type Predictions,
} from '@understory/core';
import { describe, expect, it } from 'vitest';
import { countsOf, drawnLabels, places, setA, share } from './drawn.test.support.ts';
import {
  accuracy,
  addPixels,
  averagePrecision,
  brier,
  calibration,
  calibrationNumbers,
  classification,
  classificationNumbers,
  equalMassBins,
  fitTemperature,
  labelNumbers,
  multiLabel,
  negativeLogLikelihood,
  noPixels,
  pixelNumbers,
  segmentation,
} from './index.ts';

const changed = (values: Float32Array, at: number, value: number): Float32Array =>
  values.map((old, i) => (i === at ? value : old));

/** Everything that takes logits and labels of one class a sample. */
const OF_LOGITS: Record<string, (predictions: Predictions) => unknown> = {
  calibrationNumbers: (predictions) => calibrationNumbers(predictions),
  fitTemperature,
  classification: (predictions) => added(classification(), predictions),
  brier: (predictions) => added(brier(), predictions),
};

const added = (
  metric: Metric,
  { logits, labels, classes }: Predictions,
  batch = 64,
): Promise<unknown> | object => {
  const pass = metric.begin({ classes: Array.from({ length: classes }, (_, c) => `class ${c}`) });
  for (let from = 0; from < labels.length; from += batch) {
    const some = labels.subarray(from, from + batch);
    const rows = logits.subarray(from * classes, Math.min(logits.length, (from + batch) * classes));
    pass.add({
      outputs: { logits: float32(rows, [some.length, classes]) },
      targets: { label: int32(some, [some.length]) },
      count: some.length,
    });
  }
  return pass.end();
};

describe.each(Object.entries(OF_LOGITS))('%s', (_name, measure) => {
  it('names the sample of a number that is none', () => {
    const { logits, ...rest } = setA();
    for (const value of [NaN, Infinity, -Infinity])
      expect(() => measure({ ...rest, logits: changed(logits, 1234, value) })).toThrow(
        /Sample 123 .*(NaN|Infinity)/,
      );
  });

  it('names the sample of a label that is none, and what does not fit', () => {
    const { labels, ...rest } = setA();
    for (const wrong of [10, -1])
      expect(() => measure({ ...rest, labels: labels.map((y, i) => (i === 3 ? wrong : y)) })).toThrow(
        new RegExp(`Sample 3 has label ${wrong}; labels go from 0 to 9`),
      );
    expect(() => measure({ ...rest, labels: labels.subarray(1) })).toThrow(
      /bad|do not fit|2000 logits|not those/,
    );
  });
});

describe('what is 0/0', () => {
  const none: Predictions = { classes: 3, logits: new Float32Array(0), labels: new Int32Array(0) };

  it('is no number, and no sample is none or refused', () => {
    const { nll, brier: squares, ece, mce, massEce, massMce, classEce } = calibrationNumbers(none);
    expect([nll, squares, ece, mce, massEce, massMce, classEce].every(Number.isNaN)).toBe(true);
    expect(() => fitTemperature(none)).toThrow(/there are none/);
    const classes = classificationNumbers(new Int32Array(9), 3);
    expect(
      [classes.accuracy, classes.kappa, classes.weighted.f1, classes.macro.f1.value].every(Number.isNaN),
    ).toBe(true);
    expect(pixelNumbers(noPixels(3))).toMatchObject({ pixels: 0, meanIou: { value: NaN, of: 0, all: 3 } });
    const labels = labelNumbers({ labels: 2, scores: new Float32Array(0), truths: [] });
    expect([labels.microF1, labels.samplesF1, labels.meanAveragePrecision.value].every(Number.isNaN)).toBe(
      true,
    );
  });

  it('is left out of means, which say how many they are of', () => {
    // Class 2 is never seen and never said; class 1 is said alone.
    const { byClass, balancedAccuracy, macro, weighted } = classificationNumbers(
      [3, 1, 0, 0, 0, 0, 0, 0, 0],
      3,
    );
    expect(byClass[2]).toEqual({
      ...{ support: 0, predicted: 0, right: 0, precision: NaN, recall: NaN, f1: NaN },
    });
    expect(byClass[1]).toMatchObject({ precision: 0, recall: NaN, f1: 0 });
    expect(balancedAccuracy).toEqual({ value: 0.75, of: 1, all: 3 });
    expect(macro.f1).toEqual({ value: expect.closeTo(6 / 14, 12) as number, of: 2, all: 3 });
    expect(weighted.precision).toBe(1);
    expect(classificationNumbers([4, 0, 0, 0], 2).kappa).toBeNaN();
  });
});

describe('classificationNumbers', () => {
  it('do not depend on the order of samples, and are right of all that is right', () => {
    const { logits, labels, classes } = setA();
    const back = Int32Array.from(labels, (_, i) => labels.length - 1 - i);
    const turned = {
      ...{ classes, labels: back.map((i) => labels[i]!) },
      logits: Float32Array.from(logits, (_, j) => logits[back[Math.floor(j / 10)]! * 10 + (j % 10)]!),
    };
    expect(classificationNumbers(countsOf(turned), 10)).toEqual(classificationNumbers(countsOf(setA()), 10));
    const perfect = classificationNumbers([3, 0, 0, 5], 2);
    expect([perfect.accuracy, perfect.macro.f1.value, perfect.kappa]).toEqual([1, 1, 1]);
    expect(() => classificationNumbers([1, 2, 3], 2)).toThrow(/3 counts are not those of 2 classes/);
  });
});

describe('fitTemperature', () => {
  const of = (logits: readonly number[], labels: readonly number[], classes = 2): Predictions => ({
    ...{ classes, logits: Float32Array.from(logits), labels: Int32Array.from(labels) },
  });

  it('says where nothing is best: all right, or nothing told', () => {
    expect(fitTemperature(of([3, 0, 0, 2], [0, 1]))).toMatchObject({ temperature: 0.01, bound: 'lowest' });
    expect(fitTemperature(of([3, 0, 0, 2], [1, 0]))).toMatchObject({ temperature: 100, bound: 'highest' });
    expect(fitTemperature(of([1, 1, 1, 1], [1, 0]))).toMatchObject({ temperature: 100, bound: 'highest' });
  });

  it('finds what it finds for logits of any size, and never changes what is said', () => {
    const { logits, ...rest } = setA();
    const { temperature } = fitTemperature(setA());
    for (const scale of [0.2, 5, 30]) {
      const found = fitTemperature({ ...rest, logits: logits.map((z) => scale * z) });
      expect(found.temperature / scale).toBeCloseTo(temperature, 5);
    }
    const said = ({ bins }: { readonly bins: readonly { count: number; accuracy: number }[] }): number =>
      bins.reduce((sum, { count, accuracy }) => sum + count * accuracy, 0);
    for (const t of [0.01, 1, temperature, 100])
      expect(said(calibrationNumbers(setA(), { temperature: t }))).toBeCloseTo(101, 9);
    expect(() => calibrationNumbers(setA(), { temperature: 0 })).toThrow(/temperature is 0/);
    expect(() => calibrationNumbers(setA(), { bins: 0 })).toThrow(/bins 0/);
  });
});

describe('labels and pixels', () => {
  it('name the sample, label and pixel that do not fit', () => {
    const [scores, truths] = [
      Float32Array.from(places(12, 1), Math.abs),
      [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
    ];
    const said = { labels: 3, scores, truths };
    expect(() => labelNumbers({ ...said, scores: changed(scores, 7, NaN) })).toThrow(
      /Sample 2 has NaN.*label 1/,
    );
    expect(() => labelNumbers({ ...said, truths: truths.map((y) => 2 * y) })).toThrow(
      /Sample 0 has 2 for label 1/,
    );
    expect(() => labelNumbers({ ...said, truths: [0, 1] })).toThrow(/12 scores and 2 truths/);
    expect(() => averagePrecision([0.1, NaN], [0, 1])).toThrow(/Sample 1 .*NaN/);
    expect(() => averagePrecision([0.1], [0, 1])).toThrow(/\[1\].*\[2\]/);
    expect(() => addPixels(noPixels(2), [0, 1, 2], [0, 0, 0])).toThrow(
      /Pixel 2 is of class 2.*255 is ignored/,
    );
    expect(() => addPixels(noPixels(2), [0, 1], [0])).toThrow(/1 said pixels do not fit 2/);
    const confidence = Float64Array.of(0.5, NaN);
    expect(() =>
      equalMassBins({ confidence, labels: new Int32Array(2), predicted: new Int32Array(2) }, 3),
    ).toThrow(/Sample 1 /);
  });

  const batches = async (
    metric: Metric,
    all: readonly (readonly [NdArray, NdArray])[],
    classes: readonly string[],
  ) => {
    const pass = metric.begin({ classes });
    const [output, target] = [metric.reads?.[0] ?? '', Object.keys(metric.targets ?? {})[0] ?? ''];
    for (const [scores, truth] of all)
      pass.add({ outputs: { [output]: scores }, targets: { [target]: truth }, count: scores.shape[0] ?? 0 });
    return pass.end();
  };

  it('are metrics that measure batch by batch what the functions measure at once', async () => {
    const scores = Float32Array.from({ length: 60 }, (_, i) => share(i, 1));
    const truths = Float32Array.from({ length: 60 }, (_, i) => (share(i, 2) < 0.4 && i % 3 < 2 ? 1 : 0));
    const part = (data: Float32Array, from: number, to: number): NdArray =>
      float32(data.slice(from * 3, to * 3), [to - from, 3]);
    const numbers = await batches(
      multiLabel({ each: true }),
      [
        [part(scores, 0, 13), part(truths, 0, 13)],
        [part(scores, 13, 20), part(truths, 13, 20)],
      ],
      ['a', 'b', 'c'],
    );
    const { meanAveragePrecision, microF1, byLabel } = labelNumbers({ labels: 3, scores, truths });
    expect(numbers).toMatchObject({
      ...{ mAP: meanAveragePrecision.value, 'mAP/labels': 2, microF1, 'AP/c': NaN },
      'AP/b': byLabel[1]!.averagePrecision,
    });
  });

  it('measure maps of classes, and name an image that has none', async () => {
    const truth = drawnLabels(32, 3, 1).map((y, i) => (i % 8 === 0 ? -1 : y));
    const scores = Float32Array.from(places(96, 2));
    const maps = (data: Float32Array, from: number): [NdArray, NdArray] => [
      float32(data.slice(from * 48, from * 48 + 48), [1, 4, 4, 3]),
      int32(truth.slice(from * 16, from * 16 + 16), [1, 4, 4]),
    ];
    const run = (data: Float32Array) =>
      batches(segmentation({ each: true }), [maps(data, 0), maps(data, 1)], ['a', 'b', 'c']);
    const counts = noPixels(3, -1);
    const best = Int32Array.from({ length: 32 }, (_, p) => {
      const row = [...scores.subarray(3 * p, 3 * p + 3)];
      return row.indexOf(Math.max(...row));
    });
    addPixels(counts, truth, best);
    const { meanIou, iou, pixelAccuracy } = pixelNumbers(counts);
    expect(await run(scores)).toMatchObject({
      mIoU: meanIou.value,
      pixelAccuracy,
      'IoU/b': iou[1],
      'mIoU/classes': 3,
    });
    await expect(run(changed(scores, 50, NaN))).rejects.toThrow(/Image 1 has a pixel, 0/);
  });

  it('take for no class of a pixel what the data say, where nothing is asked for', async () => {
    const outputs = { probabilities: float32([0.9, 0.1, 0.2, 0.8], [1, 1, 2, 2]) };
    const targets = { mask: int32(Int32Array.of(0, 255), [1, 1, 2]) };
    const spec = { mask: { kind: 'map', dtype: 'int32', shape: [1, 2], outside: 255 } } as const;
    const numbers = (ignore?: number) => {
      const pass = segmentation({ ...(ignore !== undefined && { ignore }) }).begin({
        ...{ classes: ['a', 'b'], targets: spec },
      });
      pass.add({ outputs, targets, count: 1 });
      return pass.end();
    };
    expect(await numbers()).toMatchObject({ pixelAccuracy: 1 });
    expect(() => numbers(7)).toThrow(/Pixel 1 is of class 255.*and 7 is ignored/);
  });
});

it('an image whose logits are no numbers is right at no rank', () => {
  const none = { classes: 3, logits: new Float32Array(6).fill(NaN), labels: Int32Array.of(0, 2) };
  expect(Object.values(measurePredictions(accuracy({ top: [1, 3, 5] }), none))).toEqual([0, 0, 0]);
});

describe('classification as a metric', () => {
  it('puts first what is asked for, and tells each class', () => {
    const numbers = added(classification({ first: 'macroF1', each: true }), setA()) as Record<string, number>;
    const { macro, byClass, kappa } = classificationNumbers(countsOf(setA()), 10);
    expect(Object.keys(numbers)[0]).toBe('macroF1');
    expect(numbers).toMatchObject({ macroF1: macro.f1.value, kappa, 'recall/class 3': byClass[3]!.recall });
    const { nll } = added(negativeLogLikelihood(), setA()) as Record<string, number>;
    const probabilities = calibrationNumbers(setA());
    expect(added(brier(), setA())).toEqual({ brier: expect.closeTo(probabilities.brier, 12) as number });
    expect(nll).toBeCloseTo(probabilities.nll, 12);
    const bins = added(calibration({ mass: true, maximum: true }), setA()) as Record<string, number>;
    expect([bins['massEce'], bins['massMce']]).toEqual([probabilities.massEce, probabilities.massMce]);
  });
});
