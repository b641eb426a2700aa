import { briefly } from '@understory/core';
import { differenceSentences, meanAndDeviation, type Collected } from '@understory/runs';
import { eachMetric, splitOf, type Result, type ResultRow, type Which } from './resultTable.ts';
import { fittingTable } from './text.ts';

type Run = Pick<Collected, 'label'> & { readonly finished: Pick<ResultRow, 'start' | 'done'> };

/** Runs of one seed each, in the order of the methods. */
type BySeed = readonly (readonly Run[])[];

/** A metric as tables of several seeds show it: fractions in percent, what has a unit in it. */
const scaleOf = ({ finished: { start } }: Run, metric: string): { scale: number; unit: string } => {
  const unit = start.units?.[metric];
  return unit === undefined ? { scale: 100, unit: '' } : { scale: 1, unit: ` ${unit}` };
};

const resultsOf = (bySeed: BySeed): Result[] =>
  bySeed.flat().flatMap(({ finished: { done } }) => (done.result ? [done.result] : []));

/** One metric of one method, a number a seed; NaN where a run has none. */
const numbers = (bySeed: BySeed, method: number, which: Which, metric: string): number[] => {
  const split = splitOf(resultsOf(bySeed));
  return bySeed.map((runs) => {
    const run = runs[method];
    return run ? scaleOf(run, metric).scale * (run.finished.done.result?.[which][split][metric] ?? NaN) : NaN;
  });
};

const metricsOf = (bySeed: BySeed): string[] => {
  const first = bySeed[0]?.[0];
  const result = first?.finished.done.result;
  return first && result
    ? Object.keys(briefly(result.best[splitOf(resultsOf(bySeed))], first.finished.start))
    : [];
};

/** Metrics as mean ± standard deviation over seeds, in percent, for the best and the last weights. */
export const seedTable = (bySeed: BySeed): string => {
  const metrics = metricsOf(bySeed);
  const rows = (bySeed[0] ?? []).map((run, method) => {
    const spread = (which: Which, metric: string): string =>
      meanAndDeviation(numbers(bySeed, method, which, metric)) + scaleOf(run, metric).unit;
    return [run.label, ...eachMetric(metrics, spread)];
  });
  const split = splitOf(resultsOf(bySeed)) === 'test' ? 'Test' : 'Validation';
  const title = `${split} set, percent, mean ± standard deviation over ${bySeed.length} seeds`;
  return `${title}\n${fittingTable(['method', ...eachMetric(metrics)], rows)}`;
};

/**
 * A sentence for each method but the first: how it differs from the first by the first metric at the last epoch, seed by seed,
 * and whether chance alone may do that.
 */
export const seedDifferences = (bySeed: BySeed): string[] => {
  const [metric] = metricsOf(bySeed);
  const [reference, ...others] = bySeed[0] ?? [];
  if (metric === undefined || reference === undefined) return [];
  const base = numbers(bySeed, 0, 'last', metric);
  const compared = others.map(({ label }, i) => ({
    name: `${label} against ${reference.label}, ${metric} (last)`,
    gaps: numbers(bySeed, i + 1, 'last', metric)
      .map((value, seed) => value - (base[seed] ?? NaN))
      .filter((gap) => !Number.isNaN(gap)),
  }));
  return differenceSentences(compared, scaleOf(reference, metric).unit.trim() || 'points');
};
