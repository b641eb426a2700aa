// A process of its own that trains one row: forkRow.ts starts it, and hears all that it has to say.
import { rowOf } from '@understory/recipes/experiments';
import { serveWork } from '../processes/serveWork.ts';
import type { RowRequest } from './forkRow.ts';
import { openWork, tableSetup } from './tableSetup.ts';
import { trainTask } from './trainTask.ts';

serveWork(async ({ table, options, row, seed }: RowRequest, listeners, signal): Promise<boolean> => {
  const setup = tableSetup(table, options);
  const work = await openWork(setup, signal, listeners);
  return trainTask({ row: rowOf(setup.table, row), seed }, setup, work);
});
