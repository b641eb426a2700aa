import type { Collected } from './reportInput.ts';
import { textTable } from './table.ts';

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Sample standard deviation; 0 for one value. */
const deviation = (values: readonly number[]): number => {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / Math.max(1, values.length - 1));
};

/** Test metrics as mean ± standard deviation over seeds, in percent, for the best and the last weights. */
export const seedTable = (bySeed: readonly (readonly Collected[])[]): string => {
  const labels = bySeed[0]!.map((c) => c.label);
  const metrics = Object.keys(bySeed[0]![0]!.finished.done.result?.best.test ?? {});
  const cell = (method: number, which: 'best' | 'last', metric: string): string => {
    const values = bySeed.map(
      (seed) => 100 * (seed[method]!.finished.done.result?.[which].test[metric] ?? NaN),
    );
    return `${mean(values).toFixed(2)} ± ${deviation(values).toFixed(2)}`;
  };
  const header = ['method', ...metrics.flatMap((m) => [`${m} (best)`, `${m} (last)`])];
  const rows = labels.map((label, i) => [
    label,
    ...metrics.flatMap((m) => [cell(i, 'best', m), cell(i, 'last', m)]),
  ]);
  return `Test set, percent, mean ± standard deviation over ${bySeed.length} seeds\n${textTable(header, rows)}`;
};
