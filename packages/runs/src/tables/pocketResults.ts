import { OF_CLASSES, tables, type Row, type Table } from '@understory/recipes';
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

/** What each objective reached in pocket tables, by its name: a sentence for each row that is about it. */
export const pocketResults = (kept: readonly KeptTable[]): ReadonlyMap<string, readonly string[]> => {
  const sentences = new Map<string, string[]>();
  for (const { table, results } of kept.filter((one) => one.table.told !== 'validation'))
    for (const row of table.rows) {
      if (row.home) continue; // told where it is at home
      const figures = rowFigures(row, table, results);
      if (!figures) continue;
      const { last, seeds } = figures;
      const above = last.above ? `, ${differenceText(last.above)} points above ${referenceLabel(table)}` : '';
      const which = seeds.includes(',') ? 'seeds' : 'seed';
      const said = `${table.title}, ${row.label}: ${last.first} % ${(table.measures ?? OF_CLASSES)[0].label}${above} (last epoch, ${which} ${seeds})`;
      const subject = subjectOf(row);
      sentences.set(subject, [...(sentences.get(subject) ?? []), said]);
    }
  return sentences;
};
