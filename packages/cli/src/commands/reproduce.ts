import path from 'node:path';
import { parseConfig } from '@understory/config';
import { unknownName } from '@understory/core';
import { tables, type Row, type Scale, type Table } from '@understory/recipes';
import { writeAtomic } from '@understory/tracking';
import { interruptible } from '../interrupt.ts';
import { readKept, writeKept } from '../results/keptResults.ts';
import { chosenRows, keptOf, rowsToTrain, wantedOf, type MakeConfig } from '../results/plan.ts';
import { renewTable } from '../results/renewTable.ts';
import { tableText } from '../results/tableText.ts';
import { rowConfig, trainRow, type Work } from '../results/trainRow.ts';
import { openRegistry, openRunner } from '../session.ts';
import { wholeNumber } from '../wholeNumber.ts';

export interface ReproduceOptions {
  readonly scale: Scale;
  readonly data: string;
  readonly test?: string;
  readonly seeds?: string;
  readonly runs: string;
  /** Where results are kept; a trial's (`set`) are kept beside its runs where nothing is said. */
  readonly results?: string;
  /** A Markdown file whose table of this name is renewed. */
  readonly into?: string;
  /** Trains nothing. */
  readonly kept?: boolean;
  readonly only?: string;
  /** Changes to every row's config, `key=value`: for a trial. */
  readonly set?: readonly string[];
}

interface Place {
  readonly table: Table;
  readonly make: MakeConfig;
  /** Where this table's results are kept. */
  readonly results: string;
  readonly runs: string;
  readonly into: string | undefined;
}

const placeOf = (table: Table, { scale, runs: root, results, set = [], into }: ReproduceOptions): Place => {
  const runs = path.join(root, `${table.name}-${scale}`);
  const kept = results ?? (set.length > 0 ? path.join(root, 'results') : 'results');
  const make: MakeConfig = (row, seed) => rowConfig(row, seed, { runs, set });
  return { table, make, results: path.join(kept, scale, table.name), runs, into };
};

/** Writes the table of all results that are kept, and gives it. */
const write = async ({ table, make, results, runs, into }: Place): Promise<string> => {
  const text = tableText(table, await keptOf(table, results, make));
  const note =
    'Test images, mean ± standard deviation over the seeds; the best epoch is chosen on validation.';
  const page = `### ${table.title}\n\n${note}\n\n${text}\n`;
  await writeAtomic(path.join(runs, 'table.md'), page);
  if (into !== undefined) await renewTable(into, table.name, text);
  return page;
};

/** Trains what is missing of one seed. False where it was interrupted. */
const trainSeed = async (rows: readonly Row[], seed: number, place: Place, work: Work): Promise<boolean> => {
  const { table, make, results } = place;
  const kept = new Set<Row>();
  for (const row of rows) if (await readKept(results, wantedOf(table, row, seed, make))) kept.add(row);
  for (const row of rowsToTrain(rows, (r) => kept.has(r))) {
    const result = await trainRow(make(row, seed), wantedOf(table, row, seed, make), work);
    if (!result) return false;
    await writeKept(results, result);
    await write(place);
  }
  return true;
};

const trainAll = async (rows: readonly Row[], seeds: number, place: Place): Promise<boolean> => {
  const registry = await openRegistry([], process.cwd());
  const runner = await openRunner(parseConfig(place.make(rows[0]!, 0)).engine);
  const { signal, release } = interruptible();
  try {
    for (let seed = 0; seed < seeds; seed++)
      if (!(await trainSeed(rows, seed, place, { registry, runner, runs: place.runs, signal }))) return false;
    return true;
  } finally {
    release();
    runner.dispose();
  }
};

/** `understory reproduce <table>`: every row with every seed that has no result yet; the table grows row by row. */
export const reproduce = async (name: string, options: ReproduceOptions): Promise<void> => {
  const make = tables[name];
  if (!make) throw unknownName('table', name, Object.keys(tables));
  const { scale, data, test } = options;
  const table = make({ scale, data, ...(test !== undefined && { test }) });
  const seeds = options.seeds === undefined ? table.seeds : wholeNumber('--seeds', options.seeds, 1);
  const place = placeOf(table, options);
  const rows = chosenRows(table, options.only);
  if (place.into !== undefined) await write(place); // tells of a missing place before anything is trained
  if (!options.kept && !(await trainAll(rows, seeds, place))) return;
  process.stdout.write(`\n${await write(place)}\nKept in ${path.join(place.runs, 'table.md')}\n`);
};
