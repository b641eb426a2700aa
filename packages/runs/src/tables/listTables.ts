import { UnderstoryError } from '@understory/core';
import { tables, type Scale, type Source } from '@understory/recipes/experiments';
import { loadCpu, openRegistry } from '../session.ts';
import type { KeptResult } from './keptResults.ts';
import { baseOf, keptOf, type Task } from './plan.ts';
import type { Results } from './rowFigures.ts';
import { trainingCost, weigher, type Weigher } from './runCost.ts';
import { mean } from './statistics.ts';
import { tableSetup, type TableOptions, type TableSetup } from './tableSetup.ts';
import { tasksOf } from './trainTask.ts';

/** A table, what is kept of it, and what the rest would cost. */
export interface TableState {
  readonly name: string;
  readonly title: string;
  readonly rows: number;
  /** Results: one of each row with each of the table's seeds. */
  readonly kept: number;
  /** Whether these are of image folders or tars (`--data` and `--test`), of which there are more than of the official files. */
  readonly fromFolders: boolean;
  readonly wanted: number;
  /** Seconds that the kept results took, those of rows that are of another table too. */
  readonly spent: number;
  /** Seconds that what is missing would take here; undefined where only the data tells how much there is. */
  readonly missing: number | undefined;
  /** Whether these are estimated, all or in part, where rows have not been trained with any seed. */
  readonly estimated: boolean;
  readonly sources: readonly Source[];
  /** Which settings are ours, where neither the paper nor its code settles them. */
  readonly choices: readonly string[];
}

/** Multiply-adds a second of two cores, where no result is kept from which to learn it: narrow networks use them worse. */
const USUAL_SPEED: Readonly<Record<Scale, number>> = { pocket: 15e9, paper: 150e9 };

interface Opened {
  readonly setup: TableSetup;
  readonly results: Results;
  readonly fromFolders: boolean;
}

const costOf = ({ table, make }: TableSetup, task: Task, weigh: Weigher): number | undefined => {
  const base = baseOf(table, task);
  return trainingCost(make(task.row, task.seed), base && make(base.row, base.seed), weigh);
};

/** Multiply-adds a second of the results that are kept. */
const speedOf = (opened: readonly Opened[], weigh: Weigher, usual: number): number => {
  let [work, seconds] = [0, 0];
  for (const { setup, results } of opened)
    for (const row of setup.table.rows)
      for (const kept of row.home ? [] : (results.get(row.key) ?? [])) {
        const cost = costOf(setup, { row, seed: kept.seed }, weigh);
        if (cost === undefined) continue;
        work += cost;
        seconds += kept.seconds;
      }
  return seconds > 0 ? work / seconds : usual;
};

const secondsOf = (results: readonly KeptResult[]): number =>
  results.reduce((sum, { seconds }) => sum + seconds, 0);

/** What is missing of a row: measured where it was trained with another seed, else estimated. */
const stateOf = ({ setup, results, fromFolders }: Opened, speed: number, weigh: Weigher): TableState => {
  const { table } = setup;
  const tasks = tasksOf(table, table.rows, table.seeds);
  const keptFor = ({ row }: Task): readonly KeptResult[] => results.get(row.key) ?? [];
  const all = [...results.values()].flat();
  const open = tasks.filter((task) => !keptFor(task).some(({ seed }) => seed === task.seed));
  const costs = open.map((task) => {
    const measured = keptFor(task).map(({ seconds }) => seconds);
    if (measured.length > 0) return mean(measured);
    const cost = costOf(setup, task, weigh);
    if (cost !== undefined) return cost / speed;
    return all.length > 0 ? secondsOf(all) / all.length : undefined; // as the table's other rows
  });
  return {
    ...{ name: table.name, title: table.title, rows: table.rows.length },
    ...{ kept: tasks.length - open.length, wanted: tasks.length, fromFolders },
    spent: secondsOf(all),
    missing: costs.reduce<number | undefined>(
      (sum, cost) => (sum === undefined || cost === undefined ? undefined : sum + cost),
      0,
    ),
    estimated: open.some((task) => keptFor(task).length === 0),
    ...{ sources: table.sources ?? [], choices: table.choices ?? [] },
  };
};

const UNNAMED = 'images';

/** A table whatever it is made of: some rows are of nothing unless it is named, and where images lie is no part of what is listed. */
const setupOf = (name: string, options: TableOptions): TableSetup => {
  const setup = tableSetup(name, options);
  const { sources = [], rows } = setup.table;
  try {
    rows.forEach((row) => setup.make(row, 0));
    return setup;
  } catch (error) {
    if (!(error instanceof UnderstoryError) || error.code !== 'options') throw error;
    const named = tableSetup(name, { ...options, pretrain: UNNAMED });
    return { ...named, table: { ...named.table, sources } };
  }
};

const countOf = (results: Results): number => [...results.values()].flat().length;

/** A table with what is kept of it: of its official files or, where nothing else was asked for, of image folders where that is more. */
const open = async (name: string, options: TableOptions): Promise<Opened> => {
  const of = async (own: TableOptions, fromFolders: boolean): Promise<Opened> => {
    const setup = setupOf(name, own);
    const { table, make, results } = setup;
    return { setup, results: await keptOf(table, results, make), fromFolders };
  };
  const official = await of(options, false);
  if (options.data !== undefined || options.test !== undefined) return official;
  const images = { data: UNNAMED, test: UNNAMED, pretrain: UNNAMED, pretrainTest: UNNAMED };
  const folders = await of({ ...options, ...images }, true);
  if (countOf(folders.results) <= countOf(official.results)) return official;
  const { sources = [] } = official.setup.table;
  return { ...folders, setup: { ...folders.setup, table: { ...folders.setup.table, sources } } };
};

/** Every table at a scale. Builds each network once, without weights, to know what it costs. Errors: `bad-result`. */
export const listTables = async (options: TableOptions): Promise<readonly TableState[]> => {
  loadCpu();
  const weigh = weigher(await openRegistry([], process.cwd()));
  const opened = await Promise.all(Object.keys(tables).map((name) => open(name, options)));
  const speed = speedOf(opened, weigh, USUAL_SPEED[options.scale]);
  return opened.map((one) => stateOf(one, speed, weigh));
};
