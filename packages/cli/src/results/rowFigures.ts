import type { Row, Table } from '@understory/recipes';
import { meanAndDeviation } from '../statistics.ts';
import type { KeptResult } from './keptResults.ts';

/** Results of a table's rows by key, one a seed. */
export type Results = ReadonlyMap<string, readonly KeptResult[]>;

/** What a row reached on test images, as text: mean ± standard deviation over its seeds. */
export interface RowFigures {
  /** Top-1 of the best epoch, %. */
  readonly top1: string;
  /** How far that is above the table's reference, seed by seed, points; undefined of the reference, or without a seed of both. */
  readonly above?: string;
  /** Top-1 of the last epoch, %. */
  readonly last: string;
  /** Expected calibration error of the best epoch, %. */
  readonly ece: string;
  readonly seeds: string;
}

const percent = ({ result }: KeptResult, which: 'best' | 'last', metric: string): number =>
  100 * (result[which].test[metric] ?? NaN);

const gapsTo = (reference: readonly KeptResult[], results: readonly KeptResult[]): number[] =>
  results.flatMap((r) => {
    const other = reference.find(({ seed }) => seed === r.seed);
    return other ? [percent(r, 'best', 'accuracy') - percent(other, 'best', 'accuracy')] : [];
  });

/** Undefined where the row has no result yet. */
export const rowFigures = ({ key }: Row, { reference }: Table, all: Results): RowFigures | undefined => {
  const results = all.get(key) ?? [];
  if (results.length === 0) return undefined;
  const values = (which: 'best' | 'last', metric: string): string =>
    meanAndDeviation(results.map((r) => percent(r, which, metric)));
  const gaps = key === reference ? [] : gapsTo(all.get(reference) ?? [], results);
  return {
    top1: values('best', 'accuracy'),
    ...(gaps.length > 0 && { above: meanAndDeviation(gaps) }),
    last: values('last', 'accuracy'),
    ece: values('best', 'ece'),
    seeds: results.map(({ seed }) => seed).join(', '),
  };
};

/** How a table's column and sentences call the row that the others are measured against. */
export const referenceLabel = ({ rows, reference }: Table): string =>
  rows.find(({ key }) => key === reference)!.label.split(',')[0]!;
