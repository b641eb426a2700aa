import { readFileSync } from 'node:fs';
import { scalar, tensor2d, tidy, valueAndGrads, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { float32, type Metric, type NdArray } from '@understory/core';
import { expect, it } from 'vitest';
import { binaryCrossEntropyLoss } from './plugins/binaryCrossEntropy.ts';
import { f1 } from './plugins/f1.ts';
import { meanAveragePrecision, numberOfLabel } from './plugins/meanAveragePrecision.ts';
import { multiLabel } from './plugins/task.ts';

interface Golden {
  readonly threshold: number;
  /** [N · labels] */
  readonly scores: readonly number[];
  readonly truths: readonly number[];
  /** Of each label; null where no image has it. */
  readonly each: readonly (number | null)[];
  readonly mAP: number;
  readonly macroF1: number;
  readonly microF1: number;
}
const { labels, cases } = JSON.parse(
  readFileSync(new URL('testdata/metrics.json', import.meta.url), 'utf8'),
) as { readonly labels: number; readonly cases: readonly Golden[] };
const classes = Array.from({ length: labels }, (_, c) => `label ${c}`);

const rows = (values: readonly number[], from: number, to: number): NdArray =>
  float32(values.slice(from * labels, to * labels), [to - from, labels]);

/** Measures in batches of seven images, the last one smaller. */
const measured = (metric: Metric, { scores, truths }: Pick<Golden, 'scores' | 'truths'>) => {
  const pass = metric.begin({ classes });
  const length = scores.length / labels;
  for (let from = 0; from < length; from += 7) {
    const to = Math.min(length, from + 7);
    const targets = { labels: rows(truths, from, to) };
    pass.add({ outputs: { probabilities: rows(scores, from, to) }, targets, count: to - from });
  }
  return pass.end();
};

it.each(cases)('measures what scikit-learn measures, threshold $threshold', async (golden) => {
  const precision = await measured(meanAveragePrecision({ each: true }), golden);
  expect(precision['mAP']).toBeCloseTo(golden.mAP, 7);
  classes.forEach((label, c) => {
    const expected = golden.each[c] ?? null;
    if (expected === null) expect(precision[numberOfLabel(label)]).toBeNaN();
    else expect(precision[numberOfLabel(label)]).toBeCloseTo(expected, 7);
  });
  const { threshold } = golden;
  const { macroF1, microF1 } = await measured(f1({ threshold }), golden);
  expect(macroF1).toBeCloseTo(golden.macroF1, 7);
  expect(microF1).toBeCloseTo(golden.microF1, 7);
});

it('ranks a score that is no number last, and has no mean of labels that no image has', async () => {
  const zeros = Array.from({ length: 2 * labels }, () => 0);
  const truths = zeros.map((_, i) => (i < labels ? 1 : 0));
  const scores = zeros.map((_, i) => (i < labels ? NaN : 0.1));
  expect(await measured(meanAveragePrecision({ each: false }), { scores, truths })).toEqual({ mAP: 0.5 });
  expect((await measured(meanAveragePrecision({ each: false }), { scores, truths: zeros }))['mAP']).toBeNaN();
});

it('is the mean binary cross-entropy, finite for any logit, with its gradient', () => {
  const logits = [0, 0.3, -2, 5, 80, -80];
  const truths = [1, 0, 1, 1, 0, 0];
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const expected = logits.map((x, i) => (x > 40 ? x : Math.log1p(Math.exp(x))) - x * truths[i]!);
  const { value, gradient } = tidy(() => {
    const loss = (x: Tensor): Scalar => binaryCrossEntropyLoss(x, tensor2d(truths, [2, 3]));
    const { value, grads } = valueAndGrads(loss)([tensor2d(logits, [2, 3])], scalar(1));
    return { value: value.dataSync()[0]!, gradient: [...grads[0]!.dataSync()] };
  });
  expect(value).toBeCloseTo(expected.reduce((a, b) => a + b) / 6, 5);
  gradient.forEach((g, i) => expect(g).toBeCloseTo((sigmoid(logits[i]!) - truths[i]!) / 6, 6));
});

it('says that an image has the labels from the threshold on', () => {
  const info = { classes: ['a', 'b', 'c'], size: [1, 1] } as const;
  const outputs = { probabilities: float32([0.4, 0.39, 0.9], [3]) };
  expect(multiLabel({ threshold: 0.4 }).decode(outputs, info)).toMatchObject({ chosen: ['a', 'c'] });
  expect(multiLabel({ threshold: 0.95 }).decode(outputs, info)).toMatchObject({ chosen: [] });
});
