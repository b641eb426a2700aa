import { readFileSync } from 'node:fs';
import type { Predictions } from '@understory/core';
import { measurePredictions as measured } from '@understory/core';
import { streamValues } from '@understory/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  calibration,
  confusionMatrix,
  maximumCalibrationError,
  metricPlugins,
  negativeLogLikelihood,
  reliability,
} from './index.ts';

interface Golden {
  readonly samples: number;
  readonly classes: number;
  readonly scale: number;
  readonly seed: number;
  readonly accuracy: number;
  readonly top5: number;
  readonly ece: number;
  readonly ece5: number;
  readonly mce: number;
  readonly nll: number;
}
const cases = JSON.parse(
  readFileSync(new URL('../testdata/metrics.json', import.meta.url), 'utf8'),
) as Golden[];

const predictionsOf = (samples: number, classes: number, scale: number, seed: number): Predictions => ({
  classes,
  logits: streamValues([samples * classes], seed).map((v) => scale * v),
  labels: Int32Array.from({ length: samples }, (_, i) => i % classes),
});
const of = (rows: number[][], labels: number[]): Predictions => ({
  classes: rows[0]!.length,
  logits: Float32Array.from(rows.flat()),
  labels: Int32Array.from(labels),
});
const all = (p: Predictions): Record<string, number> => ({
  ...measured(accuracy({ top: [1, 5] }), p),
  ...measured(calibration({ also: [5], maximum: true }), p),
  ...measured(negativeLogLikelihood(), p),
});

describe('against PyTorch', () => {
  it.each(cases)('$samples samples, $classes classes', ({ samples, classes, scale, seed, ...expected }) => {
    const actual = all(predictionsOf(samples, classes, scale, seed));
    for (const [name, value] of Object.entries(expected)) expect(actual[name], name).toBeCloseTo(value, 6);
  });

  it('gives the published values', () => {
    const actual = all(predictionsOf(12, 4, 4, 90));
    const expected = { accuracy: 0.25, ece: 0.53099014, ece5: 0.53099014, mce: 0.97404669, nll: 3.4350218 };
    for (const [name, value] of Object.entries(expected)) expect(actual[name], name).toBeCloseTo(value, 6);
  });
});

const predictions = fc
  .record({
    samples: fc.integer({ min: 1, max: 40 }),
    classes: fc.integer({ min: 2, max: 8 }),
    seed: fc.nat(1000),
  })
  .map((c) => predictionsOf(c.samples, c.classes, 5, c.seed));

describe('accuracy', () => {
  it('grows with k, up to 1', () => {
    fc.assert(
      fc.property(predictions, (p) => {
        const top = Array.from({ length: p.classes }, (_, k) => k + 1);
        const shares = Object.values(measured(accuracy({ top }), p));
        expect(shares).toEqual([...shares].sort((a, b) => a - b));
        expect(shares.at(-1)).toBe(1);
      }),
    );
  });

  it('takes the first of equal logits, so that a network that says nothing is not right', () => {
    expect(
      measured(
        accuracy(),
        of(
          [
            [1, 1, 1],
            [1, 1, 1],
            [1, 1, 1],
          ],
          [0, 1, 2],
        ),
      )['accuracy'],
    ).toBeCloseTo(1 / 3, 12);
    expect(
      measured(
        accuracy({ top: [2] }),
        of(
          [
            [1, 1, 1],
            [1, 1, 1],
            [1, 1, 1],
          ],
          [0, 1, 2],
        ),
      ),
    ).toEqual({ top2: 2 / 3 });
  });

  it('is wrong where a logit is no number', () => {
    expect(
      measured(
        accuracy({ top: [1, 2] }),
        of(
          [
            [NaN, 0, 0],
            [0, 5, NaN],
          ],
          [0, 1],
        ),
      ),
    ).toEqual({ accuracy: 0, top2: 0 });
  });
});

describe('reliability', () => {
  it('puts each sample in one bin, by a confidence in (from, to]', () => {
    fc.assert(
      fc.property(predictions, fc.integer({ min: 1, max: 20 }), (p, bins) => {
        const diagram = reliability(p, bins);
        expect(diagram.reduce((n, bin) => n + bin.count, 0)).toBe(p.labels.length);
        for (const bin of diagram.filter((b) => b.count > 0)) {
          expect(bin.confidence).toBeGreaterThan(bin.from - 1e-12);
          expect(bin.confidence).toBeLessThanOrEqual(bin.to + 1e-12);
        }
      }),
    );
  });

  it('puts an edge into the bin below it, and certainty into the last', () => {
    const half = of([[1, 1]], [0]);
    expect(reliability(half, 2).map((b) => b.count)).toEqual([1, 0]);
    expect(reliability(of([[1e4, 0]], [0]), 4).map((b) => b.count)).toEqual([0, 0, 0, 1]);
  });

  it('has no gap where confidence is accuracy', () => {
    const logit = Math.log(3); // three times in four
    const p = of(
      [
        [logit, 0],
        [logit, 0],
        [logit, 0],
        [logit, 0],
      ],
      [0, 0, 0, 1],
    );
    expect(measured(calibration(), p)['ece']).toBeCloseTo(0, 7);
    expect(maximumCalibrationError(reliability(p))).toBeCloseTo(0, 7);
  });

  it('does not hide logits that are no numbers', () => {
    expect(
      measured(
        calibration(),
        of(
          [
            [NaN, 0],
            [1, 0],
          ],
          [0, 0],
        ),
      )['ece'],
    ).toBeNaN();
  });
});

describe('confusionMatrix', () => {
  it('counts true classes in rows and predicted ones in columns', () => {
    expect(
      confusionMatrix(
        of(
          [
            [2, 0],
            [0, 2],
            [0, 2],
            [0, 2],
          ],
          [0, 0, 1, 1],
        ),
      ),
    ).toEqual([
      [1, 1],
      [0, 2],
    ]);
  });

  it('has the accuracy on its diagonal', () => {
    fc.assert(
      fc.property(predictions, (p) => {
        const right = confusionMatrix(p).reduce((n, row, i) => n + row[i]!, 0);
        expect(right / p.labels.length).toBeCloseTo(measured(accuracy(), p)['accuracy']!, 12);
      }),
    );
  });
});

describe('nll', () => {
  it('is finite for logits of any size', () => {
    expect(
      measured(
        negativeLogLikelihood(),
        of(
          [
            [1e30, -1e30],
            [3e4, 0],
          ],
          [0, 1],
        ),
      )['nll'],
    ).toBe(1.5e4);
  });
});

const ofClasses = metricPlugins
  .map(({ create, options }) => create(options.parse({}) as never))
  .filter(({ reads }) => reads?.includes('logits'));

describe.each(ofClasses)('$name', (metric) => {
  it('names what does not fit', () => {
    const short: Predictions = { classes: 3, logits: new Float32Array(5), labels: new Int32Array(2) };
    expect(() => measured(metric, short)).toThrow(/5 logits are not those of 2 samples in 3 classes/);
    expect(() => measured(metric, of([[0, 1]], [2]))).toThrow(/Sample 0 has label 2; labels go from 0 to 1/);
  });

  it('is NaN of no samples, in its first number', () => {
    const [first] = Object.values(
      measured(metric, { classes: 3, logits: new Float32Array(0), labels: new Int32Array(0) }),
    );
    expect(first).toBeNaN();
  });
});
