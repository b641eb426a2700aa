import { readFileSync } from 'node:fs';
import {
  expectedCalibrationError,
  measurePredictions,
  reliabilityBins,
  type Predicted,
  type ReliabilityBin,
} from '@understory/core';
import { describe, expect, it } from 'vitest';
import { countsOf, drawnLabels, drawnPredictions, places, setA, share } from './drawn.test.support.ts';
import {
  accuracy,
  addPixels,
  averagePrecision,
  calibrationNumbers,
  classificationNumbers,
  equalMassBins,
  fitTemperature,
  labelNumbers,
  noPixels,
  pixelNumbers,
  type LabelPredictions,
} from './index.ts';

interface Classified {
  readonly samples: number;
  readonly classes: number;
  readonly scale: number;
  readonly unused: number;
  readonly seed: number;
  readonly macro: readonly number[];
  readonly weighted: readonly number[];
  readonly balanced: number;
  readonly kappa: number;
  readonly top2: number;
  readonly nll: number;
  readonly brier: number;
  readonly width: readonly number[];
  readonly mass: readonly number[];
  readonly byClass: readonly number[];
  readonly temperature: number;
  readonly nllAfter: number;
}
interface Labelled {
  readonly samples: number;
  readonly labels: number;
  readonly seed: number;
  readonly ap: readonly number[];
  readonly mAP: number;
  readonly micro: number;
  readonly macro: number;
  readonly ofSamples: number;
}
interface Segmented {
  readonly size: readonly number[];
  readonly classes: number;
  readonly seed: number;
  readonly iou: readonly number[];
  readonly mean: number;
  readonly pixel: number;
  readonly accuracy: number;
}
const golden = JSON.parse(readFileSync(new URL('../testdata/predictions.json', import.meta.url), 'utf8')) as {
  readonly classified: readonly Classified[];
  readonly labelled: readonly Labelled[];
  readonly segmented: readonly Segmented[];
};

const close = (actual: readonly number[], expected: readonly number[], digits = 6): void => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    if (Number.isNaN(value)) expect(actual[i], `number ${i}`).toBeNaN();
    else expect(actual[i], `number ${i}`).toBeCloseTo(value, digits);
  });
};

describe('classes', () => {
  it('have the golden numbers', () => {
    const all = classificationNumbers(countsOf(setA()), 10);
    close([all.accuracy, all.balancedAccuracy.value, all.kappa], [0.505, 0.513695, 0.450595]);
    close([all.macro.precision.value, all.macro.f1.value], [0.520843, 0.501981]);
    close([all.weighted.precision, all.weighted.recall, all.weighted.f1], [0.537392, 0.505, 0.505711]);
    const top = measurePredictions(accuracy({ top: [1, 2, 5] }), setA());
    close(Object.values(top), [0.505, 0.555, 0.72]);
  });

  it('take equal logits in their order', () => {
    const logits = Float32Array.from(places(480, 703), (v) => Math.floor(2.5 * v));
    const tied = { classes: 8, logits, labels: drawnLabels(60, 8, 704) };
    close(Object.values(measurePredictions(accuracy({ top: [1, 3] }), tied)), [0.1, 0.366667]);
  });
});

describe('probabilities', () => {
  it('have the golden numbers, before and after a temperature', () => {
    const before = calibrationNumbers(setA());
    const { nll, brier, ece, mce, massEce, massMce, classEce, classMassEce } = before;
    close([nll, brier, ece, mce], [2.501169, 0.796348, 0.134446, 0.581204]);
    close([massEce, massMce, classEce, classMassEce], [0.143791, 0.43717, 0.072954, 0.071317]);
    const { temperature, steps, bound } = fitTemperature(setA());
    expect(temperature).toBeCloseTo(2.774407, 6);
    expect([steps < 9, bound]).toEqual([true, undefined]);
    const after = calibrationNumbers(setA(), { temperature });
    close([after.nll, after.ece], [2.053277, 0.265908]);
  });

  it('are binned at the edges that are told', () => {
    const confidence = Float64Array.of(0.2, 0.4, 0.4, 0.6, 0.8, 1, 1, 0.5);
    const hits = [0, 1, 0, 1, 1, 1, 0, 1];
    const edges: Predicted = {
      confidence,
      labels: new Int32Array(8),
      predicted: Int32Array.from(hits, (h) => 1 - h),
    };
    const [width, mass] = [reliabilityBins(edges, 5), equalMassBins(edges, 5)];
    const counts = (bins: readonly ReliabilityBin[]): number[] => bins.map(({ count }) => count);
    expect([counts(width), counts(mass)]).toEqual([
      [1, 2, 2, 1, 2],
      [3, 1, 1, 3, 0],
    ]);
    close([width, mass].map(expectedCalibrationError), [0.3125, 0.2125], 12);
    // In any order.
    const back: Predicted = {
      confidence: edges.confidence.toReversed(),
      labels: edges.labels,
      predicted: edges.predicted.toReversed(),
    };
    expect(counts(equalMassBins(back, 5))).toEqual(counts(mass));
  });

  it('lie in the bin whose edges they are between, as doubles, at every edge of any number of bins', () => {
    for (let bins = 1; bins <= 60; bins++)
      for (let k = 1; k <= bins; k++) {
        const at = (c: number): number =>
          reliabilityBins(
            { confidence: Float64Array.of(c), labels: new Int32Array(1), predicted: new Int32Array(1) },
            bins,
          ).findIndex(({ count }) => count === 1);
        expect(at(k / bins)).toBe(k - 1);
        if (k < bins) expect(at((k / bins) * (1 + 2 ** -52))).toBe(k);
      }
  });
});

describe.each(golden.classified)('$samples samples in $classes classes', ({ classes, samples, ...c }) => {
  const logits = Float32Array.from(
    places(samples * classes, c.seed),
    (v, i) => Math.fround(c.scale * Math.fround(v)) - (c.unused > 0 && i % classes === classes - 1 ? 3 : 0),
  );
  const drawn = drawnPredictions(logits, classes, { right: 0.4, seed: c.seed + 1, unused: c.unused });

  it('are counted as scikit-learn and torchmetrics count', () => {
    const { macro, weighted, balancedAccuracy, kappa } = classificationNumbers(countsOf(drawn), classes);
    close([macro.precision.value, macro.recall.value, macro.f1.value], c.macro);
    close([weighted.precision, weighted.recall, weighted.f1], c.weighted);
    close([balancedAccuracy.value, kappa], [c.balanced, c.kappa]);
    expect(measurePredictions(accuracy({ top: [2] }), drawn)['top2']).toBeCloseTo(c.top2, 6);
  });

  it('have the probabilities that scikit-learn, and the temperature that scipy finds', () => {
    const all = calibrationNumbers(drawn);
    close([all.nll, all.brier], [c.nll, c.brier]);
    close([all.ece, all.mce, all.massEce, all.massMce], [...c.width, ...c.mass]);
    close([all.classEce, all.classMassEce], c.byClass);
    const { temperature } = fitTemperature(drawn);
    expect(temperature).toBeCloseTo(c.temperature, 4);
    expect(calibrationNumbers(drawn, { temperature }).nll).toBeCloseTo(c.nllAfter, 7);
  });
});

describe('labels', () => {
  it('have the golden numbers', () => {
    const row = averagePrecision([0.9, 0.9, 0.5, 0.5, 0.5, 0.1], [1, 0, 1, 0, 0, 1]);
    expect(row).toBeCloseTo(0.466667, 6);
    expect(averagePrecision([1, 1, 1, 1], [0, 1, 0, 0])).toBe(0.25);
    const scores = Float64Array.from({ length: 360 }, (_, i) => share(i, 705));
    const truths = Array.from(scores, (p, i) =>
      i % 6 < 5 && share(i, 706) < 0.3 + (p > 0.5 ? 0.3 : 0) ? 1 : 0,
    );
    const all = labelNumbers({ labels: 6, scores, truths });
    close(
      all.byLabel.map((label) => label.averagePrecision),
      [0.593636, 0.607867, 0.5442, 0.625429, 0.632955, NaN],
    );
    expect(all.meanAveragePrecision).toEqual({ value: expect.closeTo(0.600817, 6) as number, of: 5, all: 6 });
    close([all.microF1, all.macroF1.value, all.samplesF1], [0.575851, 0.532444, 0.544087]);
  });

  it.each(golden.labelled)(
    '$samples × $labels are what scikit-learn says',
    ({ labels, samples, seed, ...expected }) => {
      const exact = Float64Array.from({ length: samples * labels }, (_, i) => share(i, seed));
      const scores = exact.map((v) => (seed % 2 ? Math.round(10 * v) / 10 : Math.fround(v)));
      const truths = Array.from(scores, (p, i) =>
        i % labels < labels - 1 && share(i, seed + 1) < 0.2 + (p > 0.5 ? 0.4 : 0) ? 1 : 0,
      );
      const said: LabelPredictions = { labels, scores, truths };
      const all = labelNumbers(said);
      close(
        all.byLabel.map((label) => label.averagePrecision),
        [...expected.ap, NaN],
      );
      close(
        [all.meanAveragePrecision.value, all.microF1, all.macroF1.value, all.samplesF1],
        [expected.mAP, expected.micro, expected.macro, expected.ofSamples],
      );
    },
  );
});

describe('pixels', () => {
  it('have the golden numbers', () => {
    const counts = noPixels(5);
    const drawn = drawnLabels(512, 5, 707);
    const said = drawnLabels(512, 5, 709).map((other, i) => (places(512, 708)[i]! < 0.2 ? drawn[i]! : other));
    const truth = drawn.map((label, i) => (i % 256 < 16 ? 255 : label === 4 ? 0 : label));
    addPixels(counts, truth.subarray(0, 256), said.subarray(0, 256));
    addPixels(counts, truth.subarray(256), said.subarray(256));
    const { iou, meanIou, pixelAccuracy, meanAccuracy } = pixelNumbers(counts);
    close(iou, [0.327434, 0.480263, 0.440367, 0.428571, 0]);
    close([meanIou.value, pixelAccuracy, meanAccuracy.value], [0.335327, 0.51875, 0.557745]);
    expect([meanIou.of, meanAccuracy.of]).toEqual([5, 4]);
  });

  it.each(golden.segmented)(
    '$size are what scikit-learn and torchmetrics say',
    ({ size, classes, seed, ...expected }) => {
      const n = size.reduce((a, b) => a * b, 1);
      const drawn = drawnLabels(n, classes, seed);
      const right = places(n, seed + 1);
      const said = drawnLabels(n, classes, seed + 2).map((other, i) => (right[i]! < 0.3 ? drawn[i]! : other));
      const truth = drawn.map((label, i) =>
        i < Math.floor(n / 10) ? 255 : label === classes - 1 ? 0 : label,
      );
      const counts = noPixels(classes);
      addPixels(counts, truth, said);
      const all = pixelNumbers(counts);
      close(all.iou, expected.iou);
      close(
        [all.meanIou.value, all.pixelAccuracy, all.meanAccuracy.value],
        [expected.mean, expected.pixel, expected.accuracy],
      );
    },
  );
});
