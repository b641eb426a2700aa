import { tables, type Source } from '@understory/recipes';
import { loadCpu, openRegistry } from '../session.ts';
import type { KeptResult } from './keptResults.ts';
import { baseOf, keptOf, type Task } from './plan.ts';
import type { Results } from './rowFigures.ts';
import { trainingCost, weigher, type Weigh } from './runCost.ts';
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

/** Multiply-adds a second of two cores, where no result is kept from which to learn it. */
const USUAL_SPEED = 15e9;

interface Opened {
  readonly setup: TableSetup;
  readonly results: Results;
}

const costOf = ({ table, make }: TableSetup, task: Task, weigh: Weigh): number | undefined => {
  const base = baseOf(table, task);
  return trainingCost(make(task.row, task.seed), base && make(base.row, base.seed), weigh);
};

/** Multiply-adds a second of the results that are kept. */
const speedOf = (opened: readonly Opened[], weigh: Weigh): number => {
  let [work, seconds] = [0, 0];
  for (const { setup, results } of opened)
    for (const row of setup.table.rows)
      for (const kept of row.home ? [] : (results.get(row.key) ?? [])) {
        const cost = costOf(setup, { row, seed: kept.seed }, weigh);
        if (cost === undefined) continue;
        work += cost;
        seconds += kept.seconds;
      }
  return seconds > 0 ? work / seconds : USUAL_SPEED;
};

const secondsOf = (results: readonly KeptResult[]): number =>
  results.reduce((sum, { seconds }) => sum + seconds, 0);

/** What is missing of a row: measured where it was trained with another seed, else estimated. */
const stateOf = ({ setup, results }: Opened, speed: number, weigh: Weigh): TableState => {
  const { table } = setup;
  const tasks = tasksOf(table, table.rows, table.seeds);
  const keptFor = ({ row }: Task): readonly KeptResult[] => results.get(row.key) ?? [];
  const open = tasks.filter((task) => !keptFor(task).some(({ seed }) => seed === task.seed));
  const costs = open.map((task) => {
    const measured = keptFor(task).map(({ seconds }) => seconds);
    if (measured.length > 0) return mean(measured);
    const cost = costOf(setup, task, weigh);
    return cost === undefined ? undefined : cost / speed;
  });
  return {
    ...{ name: table.name, title: table.title, rows: table.rows.length },
    ...{ kept: tasks.length - open.length, wanted: tasks.length },
    spent: secondsOf([...results.values()].flat()),
    missing: costs.reduce<number | undefined>(
      (sum, cost) => (sum === undefined || cost === undefined ? undefined : sum + cost),
      0,
    ),
    estimated: open.some((task) => keptFor(task).length === 0),
    ...{ sources: table.sources ?? [], choices: table.choices ?? [] },
  };
};

const open = async (name: string, options: TableOptions): Promise<Opened> => {
  // Where images lie is no part of what is listed, and some tables are made of none unless they are named.
  const setup = tableSetup(name, { ...options, pretrain: options.pretrain ?? 'images' });
  const { table, make, results } = setup;
  return { setup, results: await keptOf(table, results, make) };
};

/** Every table at a scale. Builds each network once, without weights, to know what it costs. Errors: `bad-result`. */
export const listTables = async (options: TableOptions): Promise<readonly TableState[]> => {
  loadCpu();
  const weigh = weigher(await openRegistry([], process.cwd()));
  const opened = await Promise.all(Object.keys(tables).map((name) => open(name, options)));
  const speed = speedOf(opened, weigh);
  return opened.map((one) => stateOf(one, speed, weigh));
};
