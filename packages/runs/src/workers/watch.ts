import { spawn, type StdioOptions } from 'node:child_process';
import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePorts, shareMemory } from '@understory/engine';
import type { Say } from '../listeners.ts';
import type { GroupRequest } from './group.ts';
import { hearAlive, howEnded, saidNothing, type Alive } from '../processes/alive.ts';
import { LAUNCHED, LOST, SHARED, SHARED_AT, type WorkerMessage } from './launched.ts';

/** One process of a group, as its launcher sees it. */
export interface Watched extends Alive {
  readonly rank: number;
  failed?: string;
  /** Whether it said that all have met, and that it is done. */
  met?: boolean;
  done?: boolean;
  /** Whether it was ended because of another one. */
  givenUp?: boolean;
}

const linesOf = (from: Readable | null, say: Say): void => {
  if (from) createInterface({ input: from }).on('line', (line) => line.trim() !== '' && say(line));
};

/** The first worker writes to this terminal; what the others print comes line by line. */
const stdioOf = (rank: number, shared: number | undefined): StdioOptions => {
  const output = rank === 0 ? 'inherit' : 'pipe';
  return ['ignore', output, output, 'ipc', 'pipe', shared ?? 'ignore']; // the last one is `SHARED_AT`
};

/** What all workers of a group know. */
interface Common {
  readonly addresses: readonly string[];
  /** The descriptor of memory for their sums; undefined where there is none. */
  readonly shared: number | undefined;
}

const start = (
  rank: number,
  { addresses, shared }: Common,
  { command, threads, say, onRun }: GroupRequest,
): Watched => {
  const tfConfig = { cluster: { worker: addresses }, task: { type: 'worker', index: rank } };
  const child = spawn(process.execPath, [...process.execArgv, ...command], {
    env: {
      ...process.env,
      TF_CONFIG: JSON.stringify(tfConfig),
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_CPP_MIN_LOG_LEVEL: process.env['TF_CPP_MIN_LOG_LEVEL'] ?? '3', // a lost worker is told of in one line
      [LAUNCHED]: '1',
      [SHARED]: shared === undefined ? '' : String(SHARED_AT),
    },
    stdio: stdioOf(rank, shared),
    detached: true, // Ctrl-C of the terminal reaches the launcher alone, which hands it on once
  });
  const watched: Watched = { rank, process: child, heard: performance.now() };
  hearAlive(watched);
  child.on('message', (message: WorkerMessage) => {
    if ('run' in message) onRun(message.run);
    else Object.assign(watched, message);
  });
  child.on('error', ({ message }) => (watched.failed = message));
  for (const output of [child.stdout, child.stderr])
    linesOf(output, (line) => say(`worker ${rank}  ${line}`));
  return watched;
};

/** Starts a group of workers on ports of this machine. */
export const startGroup = async (request: GroupRequest): Promise<readonly Watched[]> => {
  const addresses = (await freePorts(request.size)).map((port) => `127.0.0.1:${port}`);
  const shared = shareMemory();
  const group = addresses.map((_, rank) => start(rank, { addresses, shared }, request));
  if (shared !== undefined) closeSync(shared);
  return group;
};

/** How a group ended: by itself, or because a worker was lost. */
export type GroupEnd =
  { readonly code: number; readonly why?: string } | { readonly lost: number; readonly how: string };

/** Whether a worker ended as one that is done: also a plugin may end a process with code 0. */
export const isDone = ({ end, done }: Watched): boolean => end?.code === 0 && done === true;

/** Whether a worker ended of itself, and because of no other one. */
const endedItself = (one: Watched): boolean => {
  const code = one.end?.code ?? LOST;
  return !one.givenUp && code !== LOST && !isDone(one);
};

/** Of a worker that ended of itself before all had met. */
const endedEarly = ({ rank, end, failed }: Watched): string =>
  failed ??
  `Worker ${rank} ${howEnded(end)} before it was done, as it would again, so nothing is tried again. See what it said last, and mend that.`;

/** What a group's end means, when all processes are gone; `silent` is one that was given up. */
export const endOf = (group: readonly Watched[], silent: Watched | undefined, bound: number): GroupEnd => {
  if (silent) return { lost: silent.rank, how: saidNothing(silent, bound) };
  if (group.every(isDone)) return { code: 0 };
  const refused = group.find(({ end }) => end?.code === 1);
  if (refused) return { code: 1, ...(refused.failed !== undefined && { why: refused.failed }) };
  const early = group.some(({ met }) => met) ? undefined : group.find(endedItself);
  if (early) return { code: 1, why: endedEarly(early) };
  const killed = group.find((one) => one.end?.signal && !one.givenUp) ?? group.find(endedItself);
  const culprit = killed ?? group.reduce((a, b) => (b.heard < a.heard ? b : a));
  return { lost: culprit.rank, how: killed ? howEnded(killed.end) : 'could not be reached' };
};
