import path from 'node:path';
import type { Listeners } from '../listeners.ts';
import { forkWork, type ForkOptions } from '../processes/forkWork.ts';
import type { TableOptions } from './tableSetup.ts';

/** What a process that trains one row is told. */
export interface RowRequest {
  readonly table: string;
  readonly options: TableOptions;
  /** The row's key. */
  readonly row: string;
  readonly seed: number;
}

const WORKER = {
  module: new URL(`rowWorker${path.extname(import.meta.url)}`, import.meta.url),
  code: 'row-failed',
};

/** Trains a row in a process of its own. False where it was interrupted. Errors: `row-failed` with what the row said. */
export const forkRow = (request: RowRequest, options: ForkOptions, listeners: Listeners): Promise<boolean> =>
  forkWork(WORKER, request, options, listeners);
