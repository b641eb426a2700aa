import type { PairedDifference } from '@understory/metrics';

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Sample standard deviation of two values or more. */
export const deviation = (values: readonly number[]): number => {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
};

/** `66.40 ± 0.85`; of one value, which has no deviation, `66.40`. */
export const meanAndDeviation = (values: readonly number[]): string =>
  values.length === 1
    ? values[0]!.toFixed(2)
    : `${mean(values).toFixed(2)} ± ${deviation(values).toFixed(2)}`;

/** `1.67 (-0.22 to 3.56)`: mean and 95 % interval; of one seed, which has no interval, `1.67`. */
export const differenceText = ({ mean, interval }: PairedDifference): string => {
  const [low, high] = (interval ?? []).map((end) => end.toFixed(2));
  return low === undefined ? mean.toFixed(2) : `${mean.toFixed(2)} (${low} to ${high})`;
};

export const markdownTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
};
