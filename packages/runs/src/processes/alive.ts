import type { ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BEAT_PIPE } from './beats.ts';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that says that it is alive, as who started it sees it. */
export interface Alive {
  readonly process: ChildProcess;
  /** When it last said so, or was started, in ms. */
  heard: number;
  /** Whether it has said so at all. */
  spoke?: boolean;
  end?: ProcessEnd;
}

/** How often processes are looked at, in ms. */
const LOOK = 500;
/** What a process has, at least, to say its first word, in seconds: a busy machine is slow to start one. */
export const START = 60;

/** Makes this process say that it is alive, to who started it with a pipe for that. */
export const sayAlive = (): void => {
  new Worker(new URL(`./beat${extname(import.meta.url)}`, import.meta.url)).unref();
};

/** Notes whenever a process says that it is alive. */
export const hearAlive = (one: Alive): void => {
  one.process.stdio[BEAT_PIPE]?.on('data', () => {
    one.heard = performance.now();
    one.spoke = true;
  });
};

/** For how many seconds a process may say nothing. */
const patience = ({ spoke }: Alive, bound: number): number => (spoke ? bound : Math.max(bound, START));

/** Calls once, with the first process that has said nothing for `bound` seconds; gives what ends the watch. */
export const watchSilence = <T extends Alive>(
  all: readonly T[],
  bound: number,
  found: (silent: T) => void,
): (() => void) => {
  const look = setInterval(() => {
    const silent = all.find((one) => !one.end && performance.now() - one.heard > 1000 * patience(one, bound));
    if (!silent) return;
    clearInterval(look);
    found(silent);
  }, LOOK);
  return () => clearInterval(look);
};

/** In words, for what was lost. */
export const howEnded = (end: ProcessEnd | undefined): string =>
  end?.signal ? `was killed (${end.signal})` : `ended with code ${end?.code ?? 'none'}`;

/** In words, of a process that is given up. */
export const saidNothing = (one: Alive, bound: number): string =>
  `has said nothing for ${patience(one, bound)} s`;

/** What was tried, where it is given up. */
export const goneOnWith = (restarts: number): string =>
  restarts === 0
    ? 'Nothing is tried again (--restarts 0)'
    : `It was gone on with ${restarts} ${restarts === 1 ? 'time' : 'times'}`;
