import type { Named, TapMeasure } from '@understory/core';
import { expect, it } from 'vitest';
import { buildReport } from '../../buildReport.ts';
import type { DepthNumbers, ReportInput, ReportMethod } from '../../input.ts';

const depth: DepthNumbers = {
  taps: ['stage1', 'stage2'],
  measures: {
    knn: { title: 'Nearest neighbours', about: 'Higher is more.', share: true, shown: 'curves' },
    spread: { title: 'Spread', about: 'Lower is closer.' },
    constructor: { title: 'Odd name', about: 'Only in the table.', shown: 'table' },
  } as Named<TapMeasure>,
};

const numbers = (knn: number): Record<string, number> => ({
  accuracy: 0.5,
  'stage1/knn': knn,
  'stage2/knn': knn + 0.1,
  'stage1/spread': -2.5,
  'stage2/spread': NaN,
  'stage2/constructor': 7,
});

const method = (label: string, knn: number, more: Partial<ReportMethod> = {}): ReportMethod => {
  const split = { validation: numbers(knn), test: numbers(knn) };
  const epochs = [0, 1].map((epoch) => ({
    epoch,
    step: epoch + 1,
    metrics: numbers(knn - 0.1 + 0.1 * epoch),
  }));
  const result = { selectOn: 'validation' as const, bestEpoch: 1, last: split, best: split };
  return { label, depth, epochs, result, ...more };
};

const pageOf = (methods: readonly ReportMethod[], more: Partial<ReportInput> = {}): string =>
  buildReport({
    ...{ title: 'Depths', date: '2026-11-28', dataset: { name: 'pets', classes: ['cat', 'dog'] } },
    methods,
    ...more,
  })
    .replaceAll(/\s+/g, ' ')
    .replaceAll('\u202f', ' ');

/** What people hear of each drawing. */
const drawings = (page: string): string[] => [...page.matchAll(/aria-label="([^"]*)"/g)].map((m) => m[1]!);

const page = pageOf([method('plain', 0.4), method('deep', 0.6, { likeness: { stage1: 0.9, stage2: 0.25 } })]);

it('shows each measure over depth, a line a method, with how to read it', () => {
  expect(drawings(page)).toContain(
    'Nearest neighbours from the first stage to the last. plain: stage1 40.0 %, stage2 50.0 %. deep: stage1 60.0 %, stage2 70.0 %.',
  );
  expect(drawings(page)).toContain(
    'Spread from the first stage to the last. plain: stage1 -2.5. deep: stage1 -2.5.',
  );
  expect(page).toContain('Higher is more.');
});

it('shows how stages changed while a method trained, where that says something', () => {
  expect(drawings(page)).toContain(
    'Nearest neighbours by epoch: stage1 ends at 60.0 %, stage2 ends at 70.0 %.',
  );
  expect(drawings(page).filter((text) => text.startsWith('Spread by epoch'))).toEqual([]);
});

it('shows how alike stages are to those of the first method', () => {
  expect(drawings(page)).toContain(
    'Likeness from the first stage to the last. deep: stage1 0.9, stage2 0.25.',
  );
});

it('has all numbers in a table, and none of them among the curves and the results', () => {
  expect(/Odd name<\/th>(.*?)<\/tr>/.exec(page)?.[1]?.trim()).toBe('<td>–</td><td>7</td>');
  expect(page.match(/stage1\/knn/g)).toBeNull();
});

it('tells the last look of a run without a result, and nothing over epochs after one look', () => {
  const { epochs = [] } = method('unfinished', 0.4);
  const one = pageOf([{ label: 'unfinished', depth, epochs: epochs.slice(0, 1) }]);
  expect(drawings(one).some((text) => text.includes('unfinished: stage1 30.0 %, stage2 40.0 %'))).toBe(true);
  expect(drawings(one).filter((text) => text.includes('by epoch: stage1'))).toEqual([]);
});

it('is not there where nothing was measured of stages', () => {
  const { result } = method('plain', 0.4);
  expect(pageOf([{ label: 'plain', ...(result && { result }) }])).not.toContain('id="depth"');
});
