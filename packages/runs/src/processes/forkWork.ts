import { fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { UnderstoryError, type Reporter } from '@understory/core';
import type { Listeners, Say } from '../listeners.ts';
import { errorOf, type WorkMessage } from './messages.ts';

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

/** A module that serves work (`serveWork`), and the code of errors that end it. */
export interface Worker {
  readonly module: URL;
  readonly code: string;
}

/** Tells listeners what a process says, in order; gives how it ended, if it did. */
const relay = <Result>({ say, onProgress, reporters }: Listeners, name: string, code: string) => {
  const open = new Map<string, readonly Reporter[]>();
  let told = Promise.resolve();
  let end: { readonly ended: Result } | Error | undefined;
  const toEach = (run: string, tell: (reporter: Reporter) => unknown): void => {
    const readers = open.get(run) ?? reporters?.(run) ?? [];
    open.set(run, readers);
    for (const reporter of readers) told = told.then(() => tell(reporter)).then(() => undefined);
  };
  const hear = (message: WorkMessage<Result>): void => {
    if ('say' in message) say(`${name}  ${message.say}`);
    else if ('progress' in message) {
      const [done, total, what] = message.progress;
      onProgress?.(done, total, `${name}  ${what}`);
    } else if ('event' in message) toEach(message.run, (reporter) => reporter.report(message.event));
    else if ('closed' in message) toEach(message.closed, (reporter) => reporter.close?.());
    else end = 'failure' in message ? errorOf(name, code, message.failure) : message;
  };
  return { hear, ended: () => told.then(() => end) };
};

/**
 * Does work in a process of its own, which tells this one's listeners what it has to say, and ends with this one. Errors: the
 * worker's code with what the process said.
 */
export const forkWork = async <Result>(
  { module, code }: Worker,
  request: Serializable,
  { name, threads, signal }: ForkOptions,
  listeners: Listeners,
): Promise<Result> => {
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads) };
  const child = fork(module, {
    env,
    serialization: 'advanced', // events hold numbers that JSON has no word for
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { hear, ended } = relay<Result>(listeners, name, code);
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
  const [exit] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  process.off('exit', kill);
  const end = await ended();
  if (end instanceof Error) throw end;
  if (end) return end.ended;
  throw new UnderstoryError(code, `${name}: its process ended with code ${exit}.`);
};
