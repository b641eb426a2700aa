import type { Cell } from './entrants.ts';
import type { Row } from './race.ts';

const number = (value: number, digits = 0, unit = ''): string =>
  Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : '–';

const HEADINGS = [
  ...['step ms', 'CPU ms', 'slower than ours', 'by CPU time', 'images/s'],
  ...['first step after s', 'peak MB', 'waiting'],
];

const cellsOf = (row: Row, { batch }: Cell): string[] => [
  ...[number(row.wall), number(row.cpu), number(row.slower, 2, '×'), number(row.slowerCpu, 2, '×')],
  ...[number((batch * 1000) / row.wall, 1), number(row.first / 1000, 1), number(row.memory / 1e6)],
  row.waiting === undefined ? '–' : number(100 * row.waiting, 1, ' %'),
];

/** Rows as a Markdown table; beneath it, what those said that could not go on. */
export const tableOf = (rows: readonly Row[], cell: Cell): string => {
  const failed = rows.filter((row) => row.failed !== undefined);
  return [
    `| | ${HEADINGS.join(' | ')} |`,
    `| --- | ${HEADINGS.map(() => '---:').join(' | ')} |`,
    ...rows.map((row) => `| ${row.name} | ${cellsOf(row, cell).join(' | ')} |`),
    ...failed.map(({ name, failed: why }) => `\n${name} cannot do it: ${why}`),
  ].join('\n');
};
