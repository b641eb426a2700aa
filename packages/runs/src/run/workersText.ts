import type { WorkerSpeed } from '@understory/core';

const percent = (share: number): number => Math.round(100 * share);

/** `59–61`, or `60` where both are the same. */
const range = (values: readonly number[], unit: string): string => {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${least === most ? least : `${least}–${most}`}${unit}`;
};

/**
 * How fast workers are, in the longest line that fits into so many columns: each of them; the range of all, and which is the slowest; or
 * the ranges of their speeds and sums alone.
 */
export const workersText = (speeds: readonly WorkerSpeed[], columns: number): string => {
  const rates = speeds.map(({ imagesPerSecond }) => Math.round(imagesPerSecond));
  const [waiting, sums] = [
    speeds.map((one) => percent(one.waiting)),
    speeds.map((one) => percent(one.inSums)),
  ];
  const each = speeds.map(
    (_, rank) => `${rank}: ${rates[rank]} images/s, data ${waiting[rank]} %, sums ${sums[rank]} %`,
  );
  const head = `${speeds.length} workers: ${range(rates, '')}`;
  const slowest = rates.indexOf(Math.min(...rates));
  const lines = [
    `workers  ${each.join('   ')}`,
    `${head} images/s, data ${range(waiting, ' %')}, sums ${range(sums, ' %')}, slowest ${slowest}`,
    `${head}/s, sums ${range(sums, ' %')}`,
  ];
  return lines.find((line) => line.length <= columns) ?? head.slice(0, columns);
};
