import { constants } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What asks a run to end: Ctrl-C, `kill`, a terminal that goes away, Ctrl-\\. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
type Name = (typeof SIGNALS)[number];

/** What a shell calls the end of a process by a signal. */
const exitCodeOf = (name: keyof typeof constants.signals): number => 128 + constants.signals[name];

/** What the main thread shares with the one that watches for Ctrl-C. */
export interface Watch {
  /** How many signals there were. */
  readonly state: Int32Array;
  /** Said at the first one. */
  readonly word: string;
}

/** Counts a signal in and gives how many there were. */
export const countSignal = (state: Int32Array): number => Atomics.add(state, 0, 1) + 1;

const startWatch = (watch: Watch, told: (name: Name) => void): Worker => {
  const file = new URL(`./signalWatch${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData: watch });
  worker.on('message', told);
  worker.on('error', () => undefined); // the main thread's own handler stays, and hears of signals between steps
  worker.unref();
  return worker;
};

/** Output that nobody reads any more ends nothing: `train | tee log` loses its `tee` at Ctrl-C. Gives what undoes it. */
const outliveReaders = (gone: () => void): (() => void) => {
  const streams = [process.stdout, process.stderr];
  const before = streams.map((stream) => stream.listeners('error') as ((error: Error) => void)[]);
  streams.forEach((stream) => stream.removeAllListeners('error').on('error', gone));
  return () =>
    streams.forEach((stream, i) => {
      stream.off('error', gone);
      before[i]!.forEach((listener) => stream.on('error', listener));
    });
};

/**
 * Aborts at the first signal, so that the step in flight ends and a checkpoint is written; the second ends the process,
 * also in the midst of a step that keeps the event loop busy. The exit code is 128 + the signal's number.
 */
export const interruptible = (
  word = 'Stopping after this step, with a checkpoint. Ctrl-C again stops at once.',
): { readonly signal: AbortSignal; readonly release: () => void } => {
  const controller = new AbortController();
  const watch: Watch = { state: new Int32Array(new SharedArrayBuffer(4)), word: `\n${word}\n` };
  const stop = (name: keyof typeof constants.signals): void => {
    process.exitCode ??= exitCodeOf(name);
    controller.abort();
  };
  const counted = (name: Name): void => {
    if (Atomics.load(watch.state, 0) > 1) process.exit(exitCodeOf(name));
    stop(name);
  };
  const own = (name: Name): void => {
    if (countSignal(watch.state) === 1) process.stderr.write(watch.word);
    counted(name);
  };
  for (const name of SIGNALS) process.on(name, own);
  const worker = startWatch(watch, counted);
  const restore = outliveReaders(() => {
    if (!controller.signal.aborted) process.stderr.write('\nNobody reads the output any more; stopping.\n');
    stop('SIGPIPE');
  });
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, own);
      void worker.terminate();
      if (!controller.signal.aborted) restore();
    },
  };
};
