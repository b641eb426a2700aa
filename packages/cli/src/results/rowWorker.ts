import { rowOf } from '@understory/recipes';
import { BROKEN, failureOf } from '../failure.ts';
import { openWork, placeOf, type PlaceOptions, trainTask } from '@understory/runs';
import { inTerminal } from '../terminal.ts';

/** What a process that trains one row is told. */
export interface RowRequest {
  readonly table: string;
  readonly options: PlaceOptions;
  /** The row's key. */
  readonly row: string;
  readonly seed: number;
}

/** What it says at its end. */
export type RowAnswer = { readonly trained: boolean } | { readonly error: string };

const train = async (request: RowRequest, signal: AbortSignal): Promise<boolean> => {
  const place = placeOf(request.table, request.options);
  const work = await openWork(place, signal, inTerminal);
  try {
    return await trainTask({ row: rowOf(place.table, request.row), seed: request.seed }, place, work);
  } finally {
    work.runner.dispose();
  }
};

const tellParent = (said: RowAnswer): void => {
  if (process.connected) process.send!(said, undefined, undefined, () => process.disconnect());
};
const tellFailed = (error: unknown): void => tellParent({ error: failureOf(error, 'it').text });
// What nobody catches is told as well, and ends the process.
const end = (error: unknown): void => {
  tellFailed(error);
  process.exitCode = BROKEN;
  setTimeout(() => process.exit(), 100).unref();
};
process.on('uncaughtException', end);
process.on('unhandledRejection', end);

const controller = new AbortController();
const stop = (): void => controller.abort();
// A terminal's signals reach every process; the one that started this tells when to stop, or is gone.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(name, () => undefined);
for (const stream of [process.stdout, process.stderr]) stream.on('error', stop); // its reader went with it
process.on('disconnect', stop);
process.on('message', (message: RowRequest | 'stop') => {
  if (message === 'stop') {
    stop();
    return;
  }
  void train(message, controller.signal).then((trained) => tellParent({ trained }), tellFailed);
});
