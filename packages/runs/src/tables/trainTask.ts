import { seedOfRow, seedsOf, type Row, type Table } from '@understory/recipes/experiments';
import { readKept, writeKept, type KeptResult } from './keptResults.ts';
import { resultsOf, runsOf } from './places.ts';
import type { TableSetup } from './tableSetup.ts';
import { baseOf, taskName, wantedOf, type Task } from './plan.ts';
import { trainRow, type Work } from './trainRow.ts';

/** Every task of these rows and so many of the table's seeds, seed by seed. */
export const tasksOf = (table: Table, rows: readonly Row[], seeds: number): readonly Task[] => {
  const [first] = seedsOf(table, 1);
  return seedsOf(table, seeds).flatMap((seed) =>
    rows
      .filter((row) => row.seed === undefined || seed === first)
      .map((row): Task => ({ row, seed: seedOfRow(row, seed) })),
  );
};

/** Those that have no result yet. */
export const openTasks = async (
  rows: readonly Row[],
  seeds: number,
  { table, make, results }: TableSetup,
): Promise<readonly Task[]> => {
  const all = tasksOf(table, rows, seeds);
  const kept = await Promise.all(
    all.map((task) => readKept(resultsOf(results, task.row), wantedOf(table, task, make))),
  );
  return all.filter((_task, i) => !kept[i]);
};

/** What has to end before: the first task that trains, or finds, the run on which both build. */
export const taskBefore = (task: Task, tasks: readonly Task[], { table }: TableSetup): Task | undefined => {
  const base = baseOf(table, task);
  if (!base) return undefined;
  const run = taskName(base);
  const takesIt = (other: Task): boolean =>
    [other, baseOf(table, other)].some((t) => t !== undefined && taskName(t) === run);
  const first = tasks.find(takesIt);
  return first === task ? undefined : first;
};

/** What a table keeps of a result: one for choosing has no look at test images. */
export const keepable = ({ told }: Table, kept: KeptResult): KeptResult => {
  if (told !== 'validation') return kept;
  const { best, last, ...result } = kept.result;
  return { ...kept, result: { ...result, best: { ...best, test: {} }, last: { ...last, test: {} } } };
};

/** Trains a row with a seed, before it the run that it builds on where that is not there, and keeps what they reach. */
export const trainTask = async (
  task: Task,
  { table, make, results, runs }: TableSetup,
  work: Work,
): Promise<boolean> => {
  const base = baseOf(table, task);
  for (const one of base ? [base, task] : [task]) {
    const places = { runs: runsOf(table, runs, one.row), results: resultsOf(results, one.row) };
    const wanted = wantedOf(table, one, make);
    const result = await trainRow(make(one.row, one.seed), wanted, { ...work, runs: places.runs });
    if (!result) return false;
    await writeKept(places.results, keepable(table, result));
  }
  return true;
};
