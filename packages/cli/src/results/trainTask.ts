import type { Row } from '@understory/recipes';
import { readKept, writeKept } from './keptResults.ts';
import type { Place } from './place.ts';
import { wantedOf } from './plan.ts';
import { runName, trainRow, type Work } from './trainRow.ts';

/** A row to train with a seed. */
export interface Task {
  readonly row: Row;
  readonly seed: number;
}

export const taskName = ({ row, seed }: Task): string => runName(row.key, seed);

/** Every row of these with every seed that has no result yet, seed by seed. */
export const openTasks = async (
  rows: readonly Row[],
  seeds: number,
  { table, make, results }: Place,
): Promise<readonly Task[]> => {
  const all = Array.from({ length: seeds }, (_, seed) => rows.map((row): Task => ({ row, seed }))).flat();
  const kept = await Promise.all(
    all.map(({ row, seed }) => readKept(results, wantedOf(table, row, seed, make))),
  );
  return all.filter((_task, i) => !kept[i]);
};

/** What has to end before: the first task of the seed that trains, or finds, the run on which both build. */
export const taskBefore = (task: Task, tasks: readonly Task[]): Task | undefined => {
  const { after } = task.row;
  if (after === undefined) return undefined;
  const first = tasks.find(
    ({ row, seed }) => seed === task.seed && (row.key === after || row.after === after),
  );
  return first === task ? undefined : first;
};

/** Trains a row with a seed, before it the run that it builds on where that is not there, and keeps what they reach. */
export const trainTask = async ({ row, seed }: Task, place: Place, work: Work): Promise<boolean> => {
  const { table, make, results } = place;
  const before = table.rows.find(({ key }) => key === row.after);
  for (const one of before ? [before, row] : [row]) {
    const result = await trainRow(make(one, seed), wantedOf(table, one, seed, make), work);
    if (!result) return false;
    await writeKept(results, result);
  }
  return true;
};
