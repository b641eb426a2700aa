import type { Row, Table } from '@understory/recipes';
import { meanAndDeviation } from '../statistics.ts';
import { alignedTable } from './alignedTable.ts';
import type { KeptResult } from './keptResults.ts';

/** Results of a table's rows by key, one a seed. */
export type Results = ReadonlyMap<string, readonly KeptResult[]>;

const percent = ({ result }: KeptResult, which: 'best' | 'last', metric: string): number =>
  100 * (result[which].test[metric] ?? NaN);

/** How far a row is above another, seed by seed, over the seeds that both have. */
const above = (results: readonly KeptResult[], reference: readonly KeptResult[]): string => {
  const gaps = results.flatMap((r) => {
    const other = reference.find(({ seed }) => seed === r.seed);
    return other ? [percent(r, 'best', 'accuracy') - percent(other, 'best', 'accuracy')] : [];
  });
  return gaps.length > 0 ? meanAndDeviation(gaps) : '–';
};

const cells = ({ label, key, paper }: Row, { reference }: Table, all: Results): string[] => {
  const results = all.get(key)!;
  const values = (which: 'best' | 'last', metric: string): string =>
    meanAndDeviation(results.map((r) => percent(r, which, metric)));
  return [
    label,
    values('best', 'accuracy'),
    key === reference ? '–' : above(results, all.get(reference) ?? []),
    values('last', 'accuracy'),
    values('best', 'ece'),
    results.map(({ seed }) => seed).join(', '),
    paper ?? '–',
  ];
};

/** A table in Markdown, of the rows that have a result. */
export const tableText = (table: Table, results: Results): string => {
  const rows = table.rows.filter(({ key }) => (results.get(key) ?? []).length > 0);
  if (rows.length === 0) return 'No row of this table has been trained.';
  const reference = table.rows.find(({ key }) => key === table.reference)!;
  const header = [
    'method',
    'top-1 of the best epoch, %',
    `above ${reference.label.split(',')[0]}, points`,
    'top-1 of the last, %',
    'ECE, %',
    'seeds',
    table.paperColumn ?? 'paper',
  ];
  return alignedTable(
    header,
    rows.map((row) => cells(row, table, results)),
  );
};
