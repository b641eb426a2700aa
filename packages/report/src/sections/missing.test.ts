import { float32, type Predictions } from '@understory/core';
import { expect, it } from 'vitest';
import { buildReport } from '../buildReport.ts';
import type { ReportInput, ReportMethod } from '../input.ts';

const predictions = (logits: readonly number[]): Predictions => ({
  classes: 2,
  logits: Float32Array.from(logits),
  labels: Int32Array.from({ length: logits.length / 2 }, (_, i) => i % 2),
});
const pageOf = (methods: readonly ReportMethod[], more: Partial<ReportInput> = {}): string =>
  buildReport({
    title: 'A title',
    date: '2026-11-28',
    dataset: { name: 'pets', classes: ['cat', 'dog'] },
    methods,
    ...more,
  })
    .replaceAll(/\s+/g, ' ')
    .replaceAll('\u202f', ' ');
const cells = (page: string): string[] =>
  [...page.matchAll(/<span class="number">([^<]*)</g)].map((m) => m[1]!);

it('counts images without an answer as wrong, measures no calibration of them, and says so', () => {
  const page = pageOf([
    { label: 'sound', predictions: predictions([2, 0, 0, 2]) },
    { label: 'spoilt', predictions: predictions([2, 0, NaN, 2]) },
    { label: 'lost', predictions: predictions([NaN, NaN, Infinity, 0]) },
  ]);
  expect(cells(page)).toEqual(['100.0 %', '11.9 %', '0.127', '50.0 %', '–', '–', '0.0 %', '–', '–']);
  expect(page).toContain('<b>spoilt</b> gives 1 of 2 test images no answer: its logits are not finite.');
  expect(page).toContain('<b>lost</b> gives 2 of 2 test images no answer');
  expect(page.match(/class="chart reliability"/g)).toHaveLength(1);
  expect(page).toContain('It named no class.');
});

it('measures nothing on a test split without images, and says so', () => {
  const page = pageOf([{ label: 'a', predictions: predictions([]) }]);
  expect(page).toContain('<h1>A title</h1>');
  expect(page).toContain('<b>a</b> was tested on no image: the test split is empty.');
  expect(page).not.toContain('0.0 %');
});

it('says of a run without an epoch, or without a step, that it has no curves', () => {
  const steps = [{ step: 0, loss: 1, terms: { x: 1 } }];
  const page = pageOf([
    { label: 'early', epochs: [], steps },
    { label: 'never', epochs: [], steps: [] },
  ]);
  expect(page).toContain('<b>early</b> ended no epoch, so it has no validation metrics.');
  expect(page).toContain('<b>never</b> trained no step, so it has no curves.');
});

it('says whose a metric is where the others have it not, and where lines have gaps', () => {
  const epochs = (metrics: Readonly<Record<string, number>>) => [{ epoch: 0, step: 1, metrics }];
  const page = pageOf([
    { label: 'a', epochs: epochs({ accuracy: 0.5 }) },
    { label: 'b', epochs: epochs({ accuracy: NaN, recall: 0.25 }) },
  ]);
  expect(page).toContain('Validation: <b>recall</b> of b alone');
  expect(page).toContain('Validation: <b>accuracy</b></figcaption>');
  expect(page).toContain('Of the values that were told, 1 are not finite');
  expect(page).toContain('b ends with no finite value');
});

it('shows no map of embeddings that are not finite, and names them', () => {
  const values = float32(Float32Array.of(1, 2, NaN, 4), [2, 2]);
  const page = pageOf([{ label: 'a', embeddings: [{ stage: 'stage1', values }] }], {
    sample: { labels: Int32Array.of(0, 1) },
  });
  expect(page).toContain('What <b>a</b> makes of the images at <b>stage1</b> is not finite');
  expect(page).not.toContain('class="scatter"');
});
