import type { Table } from '@understory/recipes';
import { alignedTable } from './alignedTable.ts';
import { referenceLabel, rowFigures, type Results } from './rowFigures.ts';

/** A table in Markdown, of the rows that have a result. */
export const tableText = (table: Table, results: Results): string => {
  const rows = table.rows.flatMap((row) => {
    const figures = rowFigures(row, table, results);
    if (!figures) return [];
    const { top1, above = '–', last, ece, seeds } = figures;
    return [[row.label, top1, above, last, ece, seeds, row.paper ?? '–']];
  });
  if (rows.length === 0) return 'No row of this table has been trained.';
  const header = [
    'method',
    'top-1 of the best epoch, %',
    `above ${referenceLabel(table)}, points`,
    'top-1 of the last, %',
    'ECE, %',
    'seeds',
    table.paperColumn ?? 'paper',
  ];
  return alignedTable(header, rows);
};
