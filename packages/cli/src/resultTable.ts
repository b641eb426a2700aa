import { briefly, toldSplit, type DoneEvent, type SplitMetrics, type StartEvent } from '@understory/core';
import { duration, metricText } from '@understory/runs';
import { count, fittingTable } from './text.ts';

export interface ResultRow {
  readonly label: string;
  readonly start: StartEvent;
  readonly done: DoneEvent;
}

export type Which = 'best' | 'last';

/** A cell of each metric for the best and one for the last weights. */
export const eachMetric = (
  metrics: readonly string[],
  cell: (which: Which, metric: string) => string = (which, metric) => `${metric} (${which})`,
): string[] => metrics.flatMap((metric) => [cell('best', metric), cell('last', metric)]);

/** Without numbers of taps, which are for the report: `understory evaluate` does not tell them. */
const withoutTaps = (numbers: SplitMetrics[keyof SplitMetrics], { details = [] }: StartEvent): string[] =>
  Object.keys(briefly(numbers, { details: details.filter((detail) => detail.startsWith('/')) }));

/** How many numbers were measured and have no column, and where they are told. */
const moreNumbers = (
  told: readonly { readonly all: readonly string[]; readonly brief: readonly string[] }[],
): string => {
  const rest = Math.max(0, ...told.map(({ all, brief }) => all.length - brief.length));
  return rest > 0 ? `\n${rest} more of each: understory evaluate <run>` : '';
};

export type Result = NonNullable<DoneEvent['result']>;

/** Which split is told of all results: validation where no one has test images. */
export const splitOf = (results: readonly Result[]): 'validation' | 'test' =>
  results.length > 0 && results.every((one) => toldSplit(one) === 'validation') ? 'validation' : 'test';

/** Test metrics (or validation's, without test images) of finished runs side by side: the best weights, and the last. */
export const resultTable = (rows: readonly ResultRow[]): string => {
  const results = rows.flatMap(({ done }) => (done.result ? [done.result] : []));
  const split = splitOf(results);
  const hasNoTest = split === 'validation';
  const told = rows.map(({ start, done }) => {
    const all = done.result?.best[split] ?? {};
    return { all: withoutTaps(all, start), brief: Object.keys(briefly(all, start)) };
  });
  const metrics = [...new Set(told.flatMap(({ brief }) => brief))];
  const isChosen = results.some(({ best, selectOn }) => Object.keys(best[selectOn]).length > 0);
  const chosen = results.some((r) => r.selectOn === 'test')
    ? 'best chosen ON THE TEST SET, as the official code does'
    : isChosen
      ? 'best chosen on validation'
      : 'the last weights are the best: nothing was measured on validation to choose by';
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
      count(start.parameters.inference),
    ];
  });
  const more = moreNumbers(told);
  return `${hasNoTest ? 'Validation set, as there are no test images' : 'Test set'} (${chosen})\n${fittingTable(header, cells)}${more}`;
};
