import type { Listeners } from '../listeners.ts';
import { sayAlive } from './alive.ts';
import { failureOf, type WorkMessage } from './messages.ts';

/** Does what a request asks for; ends early where the signal says so. */
export type Work<Request, Result> = (
  request: Request,
  listeners: Listeners,
  signal: AbortSignal,
) => Promise<Result>;

const tell = (message: WorkMessage<unknown>, then?: () => void): void => {
  if (process.connected) process.send!(message, undefined, undefined, then);
};

const listeners: Listeners = {
  say: (line) => tell({ say: line }),
  onProgress: (...progress) => tell({ progress }),
  reporters: (run) => [{ report: (event) => tell({ run, event }), close: () => tell({ closed: run }) }],
};

const end = (message: WorkMessage<unknown>): void => tell(message, () => process.disconnect());
const fail = (error: unknown): void => end({ failure: failureOf(error) });

/** What nobody catches is told as well, and ends the process, whatever else it has to do. */
const crash = (error: unknown): void => {
  fail(error);
  process.exitCode = 1;
  setTimeout(() => process.exit(), 100).unref();
};

/** Makes a process, which `forkWork` started, do one request and tell all that there is to say. */
export const serveWork = <Request extends object, Result>(work: Work<Request, Result>): void => {
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  sayAlive();
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  // A terminal's signals reach every process; the one that started this tells when to stop, or is gone.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(name, () => undefined);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stop); // its reader went with it
  process.on('disconnect', stop);
  process.on('message', (message: Request | 'stop') => {
    if (message === 'stop') stop();
    else void work(message, listeners, controller.signal).then((ended) => end({ ended }), fail);
  });
};
