import { seedOfRow, seedsOf, type Row, type Table } from '@understory/recipes/experiments';
import { readKept, setAside, writeKept, type KeptResult } from './keptResults.ts';
import { resultsOf, runsOf } from './places.ts';
import type { TableSetup } from './tableSetup.ts';
import { baseOf, taskName, wantedOf, type Task } from './plan.ts';
import { hasEnded, trainRow, type Work } from './trainRow.ts';

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

/** A task behind those whose runs it needs: the one that it builds on, and where that has not ended those that this one builds on. */
export const withBases = async (task: Task, setup: TableSetup): Promise<readonly Task[]> => {
  const { table, make, runs } = setup;
  const base = baseOf(table, task);
  if (!base) return [task];
  const isThere =
    baseOf(table, base) && (await hasEnded(make(base.row, base.seed), runsOf(table, runs, base.row)));
  return [...(isThere ? [base] : await withBases(base, setup)), task];
};

/** Trains a row with a seed, before it the runs that it builds on where they are not there, and keeps what they reach. */
export const trainTask = async (task: Task, setup: TableSetup, work: Work): Promise<boolean> => {
  const { table, make, results, runs } = setup;
  for (const one of await withBases(task, setup)) {
    const places = { runs: runsOf(table, runs, one.row), results: resultsOf(results, one.row) };
    const wanted = wantedOf(table, one, make);
    const result = await trainRow(make(one.row, one.seed), wanted, { ...work, runs: places.runs });
    if (!result) return false;
    const aside = await setAside(places.results, wanted);
    if (aside !== undefined) work.say(`${aside} is what was kept before, with other settings.`);
    await writeKept(places.results, keepable(table, result));
  }
  return true;
};
