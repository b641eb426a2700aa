import { seedOfRow, type Row } from '@understory/recipes';
import { readKept, writeKept } from './keptResults.ts';
import type { TableSetup } from './tableSetup.ts';
import { baseOf, taskName, wantedOf, type Task } from './plan.ts';
import { trainRow, type Work } from './trainRow.ts';

/** Every task of these rows and so many seeds that has no result yet, seed by seed. */
export const openTasks = async (
  rows: readonly Row[],
  seeds: number,
  { table, make, results }: TableSetup,
): Promise<readonly Task[]> => {
  const all = Array.from({ length: seeds }, (_, seed) =>
    rows.filter((row) => seedOfRow(row, seed) === seed).map((row): Task => ({ row, seed })),
  ).flat();
  const kept = await Promise.all(all.map((task) => readKept(results, wantedOf(table, task, make))));
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

/** Trains a row with a seed, before it the run that it builds on where that is not there, and keeps what they reach. */
export const trainTask = async (
  task: Task,
  { table, make, results }: TableSetup,
  work: Work,
): Promise<boolean> => {
  const base = baseOf(table, task);
  for (const one of base ? [base, task] : [task]) {
    const result = await trainRow(make(one.row, one.seed), wantedOf(table, one, make), work);
    if (!result) return false;
    await writeKept(results, result);
  }
  return true;
};
