// A process of its own that trains one row: forkRow.ts starts it, and hears all that it has to say.
import { rowOf } from '@understory/recipes';
import type { Listeners } from '../listeners.ts';
import { failureOfRow, type RowMessage, type RowRequest } from './rowMessages.ts';
import { openWork, tableSetup } from './tableSetup.ts';
import { trainTask } from './trainTask.ts';

const tell = (message: RowMessage, then?: () => void): void => {
  if (process.connected) process.send!(message, undefined, undefined, then);
};

const listeners: Listeners = {
  say: (line) => tell({ say: line }),
  onProgress: (...progress) => tell({ progress }),
  reporters: (run) => [{ report: (event) => tell({ run, event }), close: () => tell({ closed: run }) }],
};

const train = async (request: RowRequest, signal: AbortSignal): Promise<boolean> => {
  const setup = tableSetup(request.table, request.options);
  const work = await openWork(setup, signal, listeners);
  return trainTask({ row: rowOf(setup.table, request.row), seed: request.seed }, setup, work);
};

const end = (message: RowMessage): void => tell(message, () => process.disconnect());
const fail = (error: unknown): void => end({ failure: failureOfRow(error) });
// What nobody catches is told as well, and ends the process, whatever else it has to do.
const crash = (error: unknown): void => {
  fail(error);
  process.exitCode = 1;
  setTimeout(() => process.exit(), 100).unref();
};
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

const controller = new AbortController();
const stop = (): void => controller.abort();
// A terminal's signals reach every process; the one that started this tells when to stop, or is gone.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(name, () => undefined);
for (const stream of [process.stdout, process.stderr]) stream.on('error', stop); // its reader went with it
process.on('disconnect', stop);
process.on('message', (message: RowRequest | 'stop') => {
  if (message === 'stop') stop();
  else void train(message, controller.signal).then((trained) => end({ trained }), fail);
});
