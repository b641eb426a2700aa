import { toldSplit, type DoneEvent, type StartEvent } from '@understory/core';
import { textTable } from './table.ts';
import { duration, percent } from './terminal.ts';

export interface ResultRow {
  readonly label: string;
  readonly start: StartEvent;
  readonly done: DoneEvent;
}

const number = new Intl.NumberFormat('en-US');

/** Test metrics (or validation's, without test images) of finished runs side by side: the best weights, and the last. */
export const resultTable = (rows: readonly ResultRow[]): string => {
  const results = rows.flatMap(({ done }) => (done.result ? [done.result] : []));
  const hasNoTest = results.length > 0 && results.every((r) => toldSplit(r) === 'validation');
  const split = hasNoTest ? 'validation' : 'test';
  const metrics = [...new Set(results.flatMap((r) => Object.keys(r.best[split])))];
  const chosen = results.some((r) => r.selectOn === 'test')
    ? 'best chosen ON THE TEST SET, as the official code does'
    : 'best chosen on validation';
  const header = [
    'method',
    ...metrics.flatMap((m) => [`${m} (best)`, `${m} (last)`]),
    'best epoch',
    'time',
    'parameters at inference',
  ];
  const cells = rows.map(({ label, start, done }) => {
    const value = (which: 'best' | 'last', metric: string): string => {
      const v = done.result?.[which][split][metric];
      return v === undefined ? '–' : percent(v);
    };
    const epoch = done.result && done.result.bestEpoch >= 0 ? String(done.result.bestEpoch + 1) : '–';
    return [
      label,
      ...metrics.flatMap((m) => [value('best', m), value('last', m)]),
      epoch,
      duration(done.seconds),
      number.format(start.parameters.inference),
    ];
  });
  return `${hasNoTest ? 'Validation set, as there are no test images' : 'Test set'} (${chosen})\n${textTable(header, cells)}`;
};
