import type { DoneEvent, StartEvent } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { resultTable } from './resultTable.ts';

const start: StartEvent = {
  ...{ type: 'start', run: 'a', engine: 'eager', epochs: 2, stepsPerEpoch: 2, step: 0 },
  parameters: { inference: 10, heads: 5 },
};
const finished = (test: Readonly<Record<string, number>>): DoneEvent => {
  const split = { validation: { accuracy: 0.25 }, test };
  const result = { selectOn: 'validation', bestEpoch: 1, last: split, best: split } as const;
  return { type: 'done', step: 4, aborted: false, seconds: 3, result };
};

describe('the table of results', () => {
  it('tells the test metrics', () => {
    expect(resultTable([{ label: 'a', start, done: finished({ accuracy: 0.5 }) }])).toMatch(
      /^Test set .*\n[^]*50\.0 %/,
    );
  });

  it('lies on its side where there are many numbers', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`AP/label ${i}`, i / 10]));
    const done = finished({ ...many, odd: NaN });
    const lines = resultTable([
      { label: 'one', start, done },
      { label: 'another', start, done },
    ]).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
    expect(lines[1]).toMatch(/^method +one +another$/);
    expect(lines).toContainEqual(expect.stringMatching(/^AP\/label 3 \(best\) +30\.0 % +30\.0 %$/));
    expect(lines).toContainEqual(expect.stringMatching(/^odd \(last\) +NaN +NaN$/));
    expect(lines.at(-1)).toMatch(/^parameters at inference +10 +10$/);
  });

  it('leaves out numbers that are details, and says how many there are and what tells them', () => {
    const done = finished({ AP: 0.4, AP50: 0.7, AP75: 0.3, 'AP/cat': 0.6 });
    const table = resultTable([{ label: 'a', start: { ...start, details: ['AP75', 'AP/'] }, done }]);
    expect(table.split('\n')[1]).toMatch(
      /^method +AP \(best\) +AP \(last\) +AP50 \(best\) +AP50 \(last\) +best epoch/,
    );
    expect(table).toMatch(/\n2 more of each: understory evaluate <run>$/);
  });

  it('tells the validation metrics, and says so, where there are no test images', () => {
    const table = resultTable([{ label: 'a', start, done: finished({}) }]);
    expect(table).toMatch(/^Validation set, as there are no test images .*\n[^]*25\.0 %/);
    expect(resultTable([])).toMatch(/^Test set/);
  });

  it('says that the last weights are the best where nothing was measured to choose by', () => {
    const done = finished({ accuracy: 0.5 });
    const result = done.result && { ...done.result, best: { validation: {}, test: { accuracy: 0.5 } } };
    expect(resultTable([{ label: 'a', start, done: { ...done, ...(result && { result }) } }])).toMatch(
      /^Test set \(the last weights are the best: nothing was measured on validation to choose by\)/,
    );
  });
});
