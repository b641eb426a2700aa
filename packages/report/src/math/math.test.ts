import { readFileSync } from 'node:fs';
import { confusionCounts, expectedCalibrationError, reliabilityBins, seedOf } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonConfusions } from './confusion.ts';
import { neighbourAccuracy, invariance } from './neighbours.ts';
import { outcomesOf, worstMistakes, type Outcomes } from './outcomes.ts';
import { pca2 } from './pca.ts';
import { centre, unitRows, type Rows } from './rows.ts';
import { mcNemar, wilson } from './statistics.ts';
import { tsne } from './tsne.ts';

interface Golden {
  readonly pca: { readonly rows: number[][]; readonly plane: number[][] };
  readonly calibration: Record<'accuracy' | 'nll' | 'ece' | 'classes', number> &
    Record<'logits' | 'labels', number[]>;
  readonly neighbours: { readonly rows: number[][]; readonly labels: number[]; readonly accuracy: number };
  readonly pairs: { readonly first: number[][]; readonly second: number[][]; readonly cosine: number };
  readonly mcnemar: [number, number, number][];
}
const golden = JSON.parse(
  readFileSync(new URL('../../testdata/golden.json', import.meta.url), 'utf8'),
) as Golden;

const rows = (values: readonly (readonly number[])[]): Rows => ({
  n: values.length,
  d: values[0]!.length,
  values: Float64Array.from(values.flat()),
});
const outcomes = (labels: number[], predicted: number[], confidence: number[]): Outcomes => ({
  labels: Int32Array.from(labels),
  predicted: Int32Array.from(predicted),
  confidence: Float64Array.from(confidence),
  accuracy: 0,
  nll: 0,
  unanswered: 0,
});

describe('against numpy', () => {
  it('projects onto the first two principal components', () => {
    const plane = pca2(rows(golden.pca.rows));
    golden.pca.plane.flat().forEach((v, i) => expect(plane[i]).toBeCloseTo(v, 5));
  });

  it('computes accuracy, log-loss and calibration error', () => {
    const { classes, logits, labels, ...expected } = golden.calibration;
    const found = outcomesOf({ classes, logits: Float32Array.from(logits), labels: Int32Array.from(labels) });
    expect(found.accuracy).toBe(expected.accuracy);
    expect(found.nll).toBeCloseTo(expected.nll, 12);
    expect(expectedCalibrationError(reliabilityBins(found, 15))).toBeCloseTo(expected.ece, 12);
  });

  it('lets neighbours vote', () => {
    const { labels, accuracy } = golden.neighbours;
    expect(neighbourAccuracy(rows(golden.neighbours.rows), Int32Array.from(labels))).toBeCloseTo(
      accuracy,
      12,
    );
  });

  it('says how alike pairs are', () => {
    const { first, second, cosine } = golden.pairs;
    expect(invariance(rows(first), rows(second))).toBeCloseTo(cosine, 12);
    expect(invariance(rows(first), rows(first))).toBeCloseTo(1, 12);
  });

  it('tests whether two classifiers differ', () => {
    for (const [a, b, p] of golden.mcnemar) expect(mcNemar(a, b)).toBeCloseTo(p, 10);
  });
});

describe('calibration', () => {
  it('puts a confidence on an edge into the bin below it', () => {
    const bins = reliabilityBins(outcomes([0, 0, 0], [0, 0, 0], [0.2, 0.2000001, 1]), 5);
    expect(bins.map((b) => b.count)).toEqual([1, 1, 0, 0, 1]);
  });

  it('is 0 for a network that is as sure as it is right, and 1 for one that is always wrong', () => {
    expect(expectedCalibrationError(reliabilityBins(outcomes([0, 1], [0, 0], [0.5, 0.5]), 15))).toBe(0);
    expect(expectedCalibrationError(reliabilityBins(outcomes([1], [0], [1]), 15))).toBe(1);
  });

  it('keeps every answer in some bin, even of broken logits', () => {
    const values = fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, 3e38));
    fc.assert(
      fc.property(fc.array(values, { minLength: 3, maxLength: 30 }), (list) => {
        const n = Math.floor(list.length / 3);
        const logits = Float32Array.from(list.slice(0, 3 * n));
        const found = outcomesOf({ classes: 3, logits, labels: new Int32Array(n) });
        expect(reliabilityBins(found, 15).reduce((sum, b) => sum + b.count, 0)).toBe(n);
      }),
    );
  });
});

describe('statistics', () => {
  it('know Wilson’s interval', () => {
    const [low, high] = wilson(0.65, 762);
    expect(low).toBeCloseTo(0.61546, 4);
    expect(high).toBeCloseTo(0.68302, 4);
    expect(wilson(0, 10)[0]).toBe(0);
    expect(wilson(1, 10)[1]).toBeCloseTo(1, 12);
  });
});

describe('mistakes', () => {
  it('come in order of confidence', () => {
    expect(worstMistakes(outcomes([0, 0, 1, 1], [0, 1, 0, 0], [0.9, 0.5, 0.8, 0.8]), 2)).toEqual([2, 3]);
  });

  it('are counted by pair', () => {
    const matrix = confusionCounts(outcomes([0, 0, 0, 1, 2], [0, 1, 1, 2, 2], [1, 1, 1, 1, 1]), 3);
    expect([...matrix]).toEqual([1, 2, 0, 0, 0, 1, 0, 0, 1]);
    expect(commonConfusions(matrix, 3, 5)).toEqual([
      { truth: 0, named: 1, count: 2, of: 3 },
      { truth: 1, named: 2, count: 1, of: 1 },
    ]);
  });
});

describe('t-SNE', () => {
  /** Three groups far apart in 10 dimensions. */
  const groups = (): { data: Rows; labels: Int32Array } => {
    const rng = seedOf(3).rng();
    const labels = Int32Array.from({ length: 90 }, (_, i) => i % 3);
    const values = Array.from(labels, (y) =>
      Array.from({ length: 10 }, (_, k) => rng.normal() + (k === y ? 9 : 0)),
    );
    return { data: unitRows(centre(rows(values))), labels };
  };

  it('keeps groups together', () => {
    const { data, labels } = groups();
    expect(neighbourAccuracy({ n: 90, d: 2, values: tsne(data) }, labels)).toBeGreaterThan(0.98);
  });

  it('gives the same picture every time', () => {
    expect(tsne(groups().data)).toEqual(tsne(groups().data));
  });

  it('survives few points, equal points, and no spread', () => {
    for (const n of [1, 2, 3, 4, 5, 40]) {
      const same = tsne(rows(Array.from({ length: n }, () => [1, 2, 3])));
      expect(same).toHaveLength(2 * n);
      expect(same.every(Number.isFinite)).toBe(true);
    }
  });
});
