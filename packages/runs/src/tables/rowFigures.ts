import { rowOf, type Row, type Table } from '@understory/recipes';
import { meanAndDeviation } from './statistics.ts';
import type { KeptResult } from './keptResults.ts';

/** Results of a table's rows by key, one a seed. */
export type Results = ReadonlyMap<string, readonly KeptResult[]>;

/** What a row reached on test images at one epoch, as text: mean ± standard deviation over its seeds. */
export interface Reached {
  /** Top-1, %. */
  readonly top1: string;
  /** How far that is above the table's reference, seed by seed, points; `–` of the reference, or without a seed of both. */
  readonly above: string;
  /** Expected calibration error, %. */
  readonly ece: string;
}

export interface RowFigures {
  /** After the last epoch. */
  readonly last: Reached;
  /** At the epoch that was best on validation. */
  readonly best: Reached;
  readonly seeds: string;
}

type Which = 'best' | 'last';

const percent = ({ result }: KeptResult, which: Which, metric: string): number =>
  100 * (result[which].test[metric] ?? NaN);

const gaps = (reference: readonly KeptResult[], results: readonly KeptResult[], which: Which): number[] =>
  results.flatMap((r) => {
    const other = reference.find(({ seed }) => seed === r.seed);
    return other ? [percent(r, which, 'accuracy') - percent(other, which, 'accuracy')] : [];
  });

/** Undefined where the row has no result yet. */
export const rowFigures = ({ key }: Row, { reference }: Table, all: Results): RowFigures | undefined => {
  const results = all.get(key) ?? [];
  if (results.length === 0) return undefined;
  const reached = (which: Which): Reached => {
    const mean = (metric: string): string => meanAndDeviation(results.map((r) => percent(r, which, metric)));
    const above = key === reference ? [] : gaps(all.get(reference) ?? [], results, which);
    return {
      top1: mean('accuracy'),
      above: above.length > 0 ? meanAndDeviation(above) : '–',
      ece: mean('ece'),
    };
  };
  return { last: reached('last'), best: reached('best'), seeds: results.map(({ seed }) => seed).join(', ') };
};

/** How a table's column and sentences call the row that the others are measured against. */
export const referenceLabel = (table: Table): string => rowOf(table, table.reference).label.split(',')[0]!;
