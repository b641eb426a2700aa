import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { UnderstoryError, type Reporter } from '@understory/core';
import type { Listeners, Say } from '../listeners.ts';
import { errorOfRow, type RowMessage, type RowRequest } from './rowMessages.ts';

/** Lines of what libraries print by themselves. */
const passOn = (from: Readable | null, say: Say): void => {
  if (!from) return;
  createInterface({ input: from }).on('line', (line) => {
    if (line.trim() !== '') say(line.trim());
  });
};

export interface ForkOptions {
  /** What its lines begin with. */
  readonly name: string;
  /** CPU threads of one op. */
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Tells listeners what a row's process says, in order; gives how the row ended, if it did. */
const relay = ({ say, onProgress, reporters }: Listeners, name: string) => {
  const open = new Map<string, readonly Reporter[]>();
  let told = Promise.resolve();
  let end: { readonly trained: boolean } | Error | undefined;
  const toEach = (run: string, tell: (reporter: Reporter) => unknown): void => {
    const readers = open.get(run) ?? reporters?.(run) ?? [];
    open.set(run, readers);
    for (const reporter of readers) told = told.then(() => tell(reporter)).then(() => undefined);
  };
  const hear = (message: RowMessage): void => {
    if ('say' in message) say(`${name}  ${message.say}`);
    else if ('progress' in message) {
      const [done, total, what] = message.progress;
      onProgress?.(done, total, `${name}  ${what}`);
    } else if ('event' in message) toEach(message.run, (reporter) => reporter.report(message.event));
    else if ('closed' in message) toEach(message.closed, (reporter) => reporter.close?.());
    else end = 'failure' in message ? errorOfRow(name, message.failure) : message;
  };
  return { hear, ended: () => told.then(() => end) };
};

/** Trains a row in a process of its own. False where it was interrupted. Errors: `row-failed` with what the row said. */
export const forkRow = async (
  request: RowRequest,
  { name, threads, signal }: ForkOptions,
  listeners: Listeners,
): Promise<boolean> => {
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads) };
  const child = fork(new URL(`rowWorker${path.extname(import.meta.url)}`, import.meta.url), {
    env,
    serialization: 'advanced', // events hold numbers that JSON has no word for
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { hear, ended } = relay(listeners, name);
  for (const output of [child.stdout, child.stderr])
    passOn(output, (line) => listeners.say(`${name}  ${line}`));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = (): void => {
    if (child.connected) child.send('stop');
  };
  signal.addEventListener('abort', stop, { once: true });
  child.on('message', hear);
  child.send(request);
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  process.off('exit', kill);
  const end = await ended();
  if (end instanceof Error) throw end;
  if (end) return end.trained;
  throw new UnderstoryError('row-failed', `${name}: its process ended with code ${code}.`);
};
