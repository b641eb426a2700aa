import { type Collected, meanAndDeviation } from '@understory/runs';
import { textTable } from './table.ts';

/** Test metrics as mean ± standard deviation over seeds, in percent, for the best and the last weights. */
export const seedTable = (bySeed: readonly (readonly Collected[])[]): string => {
  const labels = bySeed[0]!.map((c) => c.label);
  const metrics = Object.keys(bySeed[0]![0]!.finished.done.result?.best.test ?? {});
  const cell = (method: number, which: 'best' | 'last', metric: string): string => {
    const values = bySeed.map(
      (seed) => 100 * (seed[method]!.finished.done.result?.[which].test[metric] ?? NaN),
    );
    return meanAndDeviation(values);
  };
  const header = ['method', ...metrics.flatMap((m) => [`${m} (best)`, `${m} (last)`])];
  const rows = labels.map((label, i) => [
    label,
    ...metrics.flatMap((m) => [cell(i, 'best', m), cell(i, 'last', m)]),
  ]);
  return `Test set, percent, mean ± standard deviation over ${bySeed.length} seeds\n${textTable(header, rows)}`;
};
