import { briefly, toldSplit, type DoneEvent, type StartEvent } from '@understory/core';
import { duration, meanAndDeviation, metricText, type Collected } from '@understory/runs';
import { fittingTable } from './text.ts';

export interface ResultRow {
  readonly label: string;
  readonly start: StartEvent;
  readonly done: DoneEvent;
}

type Which = 'best' | 'last';

/** A cell of each metric for the best and one for the last weights. */
const eachMetric = (
  metrics: readonly string[],
  cell: (which: Which, metric: string) => string = (which, metric) => `${metric} (${which})`,
): string[] => metrics.flatMap((metric) => [cell('best', metric), cell('last', metric)]);

const number = new Intl.NumberFormat('en-US');

/** How many numbers were measured and have no column, and where they are told. */
const moreNumbers = (
  told: readonly { readonly all: readonly string[]; readonly brief: readonly string[] }[],
): string => {
  const rest = Math.max(0, ...told.map(({ all, brief }) => all.length - brief.length));
  return rest > 0 ? `\n${rest} more of each: understory evaluate <run>` : '';
};

/** Test metrics (or validation's, without test images) of finished runs side by side: the best weights, and the last. */
export const resultTable = (rows: readonly ResultRow[]): string => {
  const results = rows.flatMap(({ done }) => (done.result ? [done.result] : []));
  const hasNoTest = results.length > 0 && results.every((r) => toldSplit(r) === 'validation');
  const split = hasNoTest ? 'validation' : 'test';
  const told = rows.map(({ start, done }) => {
    const all = done.result?.best[split] ?? {};
    return { all: Object.keys(all), brief: Object.keys(briefly(all, start)) };
  });
  const metrics = [...new Set(told.flatMap(({ brief }) => brief))];
  const chosen = results.some((r) => r.selectOn === 'test')
    ? 'best chosen ON THE TEST SET, as the official code does'
    : 'best chosen on validation';
  const header = ['method', ...eachMetric(metrics), 'best epoch', 'time', 'parameters at inference'];
  const cells = rows.map(({ label, start, done }) => {
    const value = (which: Which, metric: string): string => {
      const v = done.result?.[which][split][metric];
      return v === undefined ? '–' : metricText(v, start.units?.[metric]);
    };
    const epoch = done.result && done.result.bestEpoch >= 0 ? String(done.result.bestEpoch + 1) : '–';
    return [
      label,
      ...eachMetric(metrics, value),
      epoch,
      duration(done.seconds),
      number.format(start.parameters.inference),
    ];
  });
  const more = moreNumbers(told);
  return `${hasNoTest ? 'Validation set, as there are no test images' : 'Test set'} (${chosen})\n${fittingTable(header, cells)}${more}`;
};

/** Test metrics as mean ± standard deviation over seeds, in percent, for the best and the last weights. */
export const seedTable = (bySeed: readonly (readonly Collected[])[]): string => {
  const [first = []] = bySeed;
  const [one] = first;
  const metrics = one
    ? Object.keys(briefly(one.finished.done.result?.best.test ?? {}, one.finished.start))
    : [];
  const rows = first.map(({ label }, method) => {
    const results = bySeed.map((seed) => seed[method]?.finished.done.result);
    const { units = {} } = first[method]?.finished.start ?? {};
    const spread = (which: Which, metric: string): string => {
      const unit = units[metric];
      const scale = unit === undefined ? 100 : 1;
      const text = meanAndDeviation(results.map((result) => scale * (result?.[which].test[metric] ?? NaN)));
      return unit === undefined ? text : `${text} ${unit}`;
    };
    return [label, ...eachMetric(metrics, spread)];
  });
  const title = `Test set, percent, mean ± standard deviation over ${bySeed.length} seeds`;
  return `${title}\n${fittingTable(['method', ...eachMetric(metrics)], rows)}`;
};
