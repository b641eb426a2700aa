import { fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { UnderstoryError, type Reporter } from '@understory/core';
import type { Listeners, Say } from '../listeners.ts';
import { goneOnWith, hearAlive, howEnded, saidNothing, watchSilence, type Alive } from './alive.ts';
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
  /** How often the work is gone on with where its process is lost; 3 where nothing is said. */
  readonly restarts?: number;
  /** Seconds without a word after which a process is given up; 60 where nothing is said. */
  readonly bound?: number;
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

/** How often work is begun again whose process was lost, and after how many seconds a silent one is. */
const RESTARTS = 3;
const BOUND = 60;

/** Starts the process of a module, hands it its request, and gives how it ended, and why it was given up where it was. */
const runOnce = async (
  { module }: Worker,
  request: Serializable,
  { name, threads, signal, bound = BOUND }: ForkOptions,
  { say, hear }: { readonly say: Say; readonly hear: (message: WorkMessage<never>) => void },
): Promise<{ readonly how: string }> => {
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads) };
  const child = fork(module, {
    env,
    serialization: 'advanced', // events hold numbers that JSON has no word for
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  const one: Alive = { process: child, heard: performance.now() };
  hearAlive(one);
  for (const output of [child.stdout, child.stderr]) passOn(output, (line) => say(`${name}  ${line}`));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const silent = new Set<Alive>();
  const unwatch = watchSilence([one], bound, () => {
    silent.add(one);
    kill();
  });
  const stop = (): void => {
    if (child.connected) child.send('stop');
  };
  signal.addEventListener('abort', stop, { once: true });
  child.on('message', hear);
  child.send(request);
  if (signal.aborted) stop(); // it was while the process began, or before
  // A process may be seen to end before its last word is read.
  const [[code, by]] = (await Promise.all([once(child, 'close'), once(child, 'disconnect')])) as [
    [number | null, NodeJS.Signals | null],
    unknown,
  ];
  unwatch();
  signal.removeEventListener('abort', stop);
  process.off('exit', kill);
  return { how: silent.has(one) ? saidNothing(one, bound) : howEnded({ code, signal: by }) };
};

/**
 * Does work in a process of its own, which tells this one's listeners what it has to say, and ends with this one. Where the
 * process is lost (killed, frozen, crashed), the same is asked of another one, three times at most: work goes on from what it kept. Errors:
 * the worker's code with what the process said, or how it was lost.
 */
export const forkWork = async <Result>(
  worker: Worker,
  request: Serializable,
  options: ForkOptions,
  listeners: Listeners,
): Promise<Result> => {
  const { name, signal, restarts = RESTARTS } = options;
  const { hear, ended } = relay<Result>(listeners, name, worker.code);
  for (let left = restarts; ; left--) {
    const { how } = await runOnce(worker, request, options, { say: listeners.say, hear });
    const end = await ended();
    if (end instanceof Error) throw end;
    if (end) return end.ended;
    const lost = `${name}: its process ${how}`;
    if (left <= 0 || signal.aborted)
      throw new UnderstoryError(worker.code, `${lost}. ${goneOnWith(restarts)}.`);
    listeners.say(`${lost}. Going on from what it kept; restarts left: ${left - 1}.`);
  }
};
