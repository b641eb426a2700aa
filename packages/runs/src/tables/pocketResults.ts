import { OF_CLASSES, tables, type Row, type Table } from '@understory/recipes/experiments';
import { tableSetup } from './tableSetup.ts';
import { keptOf } from './plan.ts';
import { referenceLabel, rowFigures, type Results } from './rowFigures.ts';
import { differenceText } from './statistics.ts';

/** A pocket table with what is kept of it. */
export interface KeptTable {
  readonly table: Table;
  readonly results: Results;
}

/** The pocket tables trained from image tars, with the results that a folder keeps (`results`). */
export const keptTables = (folder: string): Promise<KeptTable[]> =>
  Promise.all(
    Object.keys(tables).map(async (name) => {
      // Where images and runs lie is no part of what is compared.
      const places = {
        data: 'train.tar',
        test: 'test.tar',
        pretrain: 'train.tar',
        pretrainTest: 'test.tar',
        runs: 'runs',
        results: folder,
      };
      const { table, make, results } = tableSetup(name, { scale: 'pocket', ...places });
      return { table, results: await keptOf(table, results, make) };
    }),
  );

/** The objective that a row is about: the last one, as cross-entropy stands before the others. */
const subjectOf = ({ config }: Row): string => {
  const { objectives } = typeof config === 'function' ? config((key) => key) : config;
  const last = objectives?.at(-1);
  return (typeof last === 'string' ? last : last?.[0]) ?? 'cross-entropy';
};

/** What a row of a pocket table reached after the last epoch. */
export interface PocketResult {
  /** The table's key, `semi-10`. */
  readonly table: string;
  readonly title: string;
  readonly row: string;
  /** Of what the numbers are: top-1. */
  readonly measure: string;
  /** Mean ± standard deviation over the seeds, %. */
  readonly reached: string;
  /** Points above the reference, seed by seed, with their 95 % interval; absent of the reference. */
  readonly above?: string;
  readonly reference: string;
  readonly seeds: string;
}

const pocketRow = ({ table, results }: KeptTable, row: Row): PocketResult | undefined => {
  const figures = rowFigures(row, table, results);
  if (!figures || row.apart) return undefined;
  const { last, seeds } = figures;
  return {
    ...{ table: table.name, title: table.title, row: row.label, seeds },
    ...{
      measure: (table.measures ?? OF_CLASSES)[0].label,
      reached: last.first,
      reference: referenceLabel(table),
    },
    ...(last.above && { above: differenceText(last.above) }),
  };
};

/** What each objective reached in pocket tables, by its name: a result for each row that is about it. */
export const pocketRows = (kept: readonly KeptTable[]): ReadonlyMap<string, readonly PocketResult[]> => {
  const found = new Map<string, readonly PocketResult[]>();
  for (const one of kept.filter(({ table }) => table.told !== 'validation'))
    for (const row of one.table.rows) {
      if (row.home) continue; // told where it is at home
      const result = pocketRow(one, row);
      const subject = subjectOf(row);
      if (result) found.set(subject, [...(found.get(subject) ?? []), result]);
    }
  return found;
};

const sentence = ({ title, row, reached, measure, above, reference, seeds }: PocketResult): string => {
  const gap = above === undefined ? '' : `, ${above} points above ${reference}`;
  const which = seeds.includes(',') ? 'seeds' : 'seed';
  return `${title}, ${row}: ${reached} % ${measure}${gap} (last epoch, ${which} ${seeds})`;
};

/** The same as sentences. */
export const pocketResults = (kept: readonly KeptTable[]): ReadonlyMap<string, readonly string[]> =>
  new Map([...pocketRows(kept)].map(([name, results]) => [name, results.map(sentence)]));
