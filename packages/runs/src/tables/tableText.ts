import { OF_CLASSES, type Table } from '@understory/recipes';
import { referenceLabel, rowFigures, type Results } from './rowFigures.ts';

/** A table in Markdown whose columns are padded, as prettier leaves them. */
const alignedTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = header.map((_, c) => Math.max(3, ...[header, ...rows].map((row) => row[c]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join(' | ')} |`;
  return [line(header), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n');
};

/** A table in Markdown, of the rows that have a result. */
export const tableText = (table: Table, results: Results): string => {
  const rows = table.rows.flatMap((row) => {
    const figures = rowFigures(row, table, results);
    if (!figures) return [];
    const { last, best, seeds } = figures;
    return [
      [row.label, last.first, last.above, last.second, best.first, best.above, seeds, row.paper ?? '–'],
    ];
  });
  if (rows.length === 0) return 'No row of this table has been trained.';
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
