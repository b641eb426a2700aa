import { OF_CLASSES, type Table } from '@understory/recipes';
import { holm, type PairedDifference } from '@understory/metrics';
import { referenceLabel, rowFigures, type Results } from './rowFigures.ts';
import { differenceText } from './statistics.ts';

/** A table in Markdown whose columns are padded, as prettier leaves them. */
const alignedTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = header.map((_, c) => Math.max(3, ...[header, ...rows].map((row) => row[c]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join(' | ')} |`;
  return [line(header), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n');
};

/** Differences as cells; a star where one is beyond chance among all of its column. */
const gapCells = (gaps: readonly (PairedDifference | undefined)[]): string[] => {
  const beyond = holm(gaps.map((gap) => gap?.p ?? NaN));
  return gaps.map((gap, i) => (gap ? `${differenceText(gap)}${beyond[i] ? ' *' : ''}` : '–'));
};

/** A table in Markdown, of the rows that have a result. */
export const tableText = (table: Table, results: Results): string => {
  const shown = table.rows.flatMap((row) => {
    const figures = rowFigures(row, table, results);
    return figures ? [{ row, ...figures }] : [];
  });
  if (shown.length === 0) return 'No row of this table has been trained.';
  const last = gapCells(shown.map((one) => one.last.above));
  const best = gapCells(shown.map((one) => one.best.above));
  const rows = shown.map(({ row, ...own }, i) => [
    ...[row.label, own.last.first, last[i] ?? '–', own.last.second, own.best.first, best[i] ?? '–'],
    ...[own.seeds, row.paper ?? '–'],
  ]);
  const [first, second] = table.measures ?? OF_CLASSES;
  const above = `above ${referenceLabel(table)}`;
  const header = [
    'method',
    `${first.label}, last epoch, %`,
    above,
    `${second.label}, %`,
    `${first.label}, best epoch, %`,
    above,
    'seeds',
    table.paperColumn ?? 'paper',
  ];
  return alignedTable(header, rows);
};
