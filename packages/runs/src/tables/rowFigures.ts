import { OF_CLASSES, referenceOf, rowOf, type Row, type Table } from '@understory/recipes/experiments';
import { pairedDifference, type PairedDifference } from '@understory/metrics';
import { meanAndDeviation } from './statistics.ts';
import type { KeptResult } from './keptResults.ts';

/** Results of a table's rows by key, one a seed. */
export type Results = ReadonlyMap<string, readonly KeptResult[]>;

/** What a row reached on the table's images at one epoch, as text: mean ± standard deviation over its seeds. */
export interface Reached {
  /** The table's first number of each seed, %. */
  readonly numbers: readonly number[];
  /** The table's first number, %: top-1 of classifiers. */
  readonly first: string;
  /** How far that is above the table's reference, seed by seed, points; absent of the reference, and without a seed of both. */
  readonly above: PairedDifference | undefined;
  /** Its second number, %: calibration error of classifiers. */
  readonly second: string;
}

export interface RowFigures {
  /** After the last epoch. */
  readonly last: Reached;
  /** At the epoch that was best on validation. */
  readonly best: Reached;
  readonly seeds: string;
}

type Which = 'best' | 'last';

type Told = NonNullable<Table['told']>;

/** A number of the images that the table tells of, %. */
export const percent = ({ result }: KeptResult, which: Which, metric: string, told: Told): number =>
  100 * (result[which][told][metric] ?? NaN);

/** By how much results are above others with the same seed. */
export const gapsBySeed = (
  reference: readonly KeptResult[],
  results: readonly KeptResult[],
  numberOf: (result: KeptResult) => number,
): number[] =>
  results
    .flatMap((r) => {
      const other = reference.find(({ seed }) => seed === r.seed);
      return other ? [numberOf(r) - numberOf(other)] : [];
    })
    .filter((gap) => !Number.isNaN(gap));

/** Mean ± standard deviation; `–` where a row does not measure it, such as a pre-training among detectors. */
const shown = (numbers: readonly number[]): string =>
  numbers.length === 0 || numbers.every(Number.isNaN) ? '–' : meanAndDeviation(numbers);

/** Undefined where the row has no result yet. */
export const rowFigures = (row: Row, table: Table, all: Results): RowFigures | undefined => {
  const { measures = OF_CLASSES, told = 'test' } = table;
  const reference = referenceOf(table, row);
  const results = all.get(row.key) ?? [];
  if (results.length === 0) return undefined;
  const reached = (which: Which): Reached => {
    const [first, second] = measures;
    const of =
      (metric: string) =>
      (r: KeptResult): number =>
        percent(r, which, metric, told);
    const own = of(first.metric);
    const above =
      row.apart || row.key === reference ? [] : gapsBySeed(all.get(reference) ?? [], results, own);
    return {
      numbers: results.map(own),
      first: shown(results.map(own)),
      above: above.length > 0 ? pairedDifference(above) : undefined,
      second: shown(results.map(of(second.metric))),
    };
  };
  return { last: reached('last'), best: reached('best'), seeds: results.map(({ seed }) => seed).join(', ') };
};

/** How a table's columns and sentences call a row, without its weight. */
export const shortLabel = (table: Table, key: string): string => rowOf(table, key).label.split(',')[0]!;

/** How they call the row that the others are measured against. */
export const referenceLabel = (table: Table): string => shortLabel(table, table.reference);
