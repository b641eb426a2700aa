import { toldSplit, type DoneEvent, type StartEvent } from '@understory/core';
import { meanAndDeviation, type Collected } from '@understory/runs';
import { textTable } from './table.ts';
import { duration, percent } from './terminal.ts';

export interface ResultRow {
  readonly label: string;
  readonly start: StartEvent;
  readonly done: DoneEvent;
}

/** Names of the columns that hold each metric. */
const bestAndLast = (metrics: readonly string[]): string[] =>
  metrics.flatMap((metric) => [`${metric} (best)`, `${metric} (last)`]);

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
  const header = ['method', ...bestAndLast(metrics), 'best epoch', 'time', 'parameters at inference'];
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

/** Test metrics as mean ± standard deviation over seeds, in percent, for the best and the last weights. */
export const seedTable = (bySeed: readonly (readonly Collected[])[]): string => {
  const [first = []] = bySeed;
  const metrics = Object.keys(first[0]?.finished.done.result?.best.test ?? {});
  const cell = (method: number, which: 'best' | 'last', metric: string): string =>
    meanAndDeviation(
      bySeed.map((seed) => 100 * (seed[method]?.finished.done.result?.[which].test[metric] ?? NaN)),
    );
  const rows = first.map(({ label }, i) => [
    label,
    ...metrics.flatMap((m) => [cell(i, 'best', m), cell(i, 'last', m)]),
  ]);
  const title = `Test set, percent, mean ± standard deviation over ${bySeed.length} seeds`;
  return `${title}\n${textTable(['method', ...bestAndLast(metrics)], rows)}`;
};
