import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from './failures.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

const BEAT = 5_000;
/** A holder that has not touched its lock for so long is gone, wherever it ran. */
const SILENCE = 60_000;
const POLL = 200;

/** Makes a file that is not there yet; false where it is. */
const create = (file: string, content: string): boolean => {
  try {
    const at = openSync(file, 'wx', 0o600);
    writeSync(at, content);
    closeSync(at);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
};

const holderOf = (file: string): Holder | null => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null; // gone, or not written to its end
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
};

const isDead = (holder: Holder | null): boolean =>
  holder !== null && holder.host === os.hostname() && !isAlive(holder.pid);

const touched = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Takes a dead holder's lock away. A second lock lets one process alone do that, and only after looking again. */
const breakLock = (file: string, seen: Holder | null): void => {
  const breaker = `${file}.break`;
  if (!create(breaker, '')) {
    if (Date.now() - touched(breaker) > BEAT) rmSync(breaker, { force: true });
    return;
  }
  if (holderOf(file)?.token === seen?.token) rmSync(file, { force: true });
  rmSync(breaker, { force: true });
};

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told again and again while another process has the lock. */
  readonly onWait?: (pid: number | null) => void;
}

/** Runs `fn` while no other process does so under the same file; waits for those that do, and outlives those that died. */
export const withLock = async <T>(
  file: string,
  fn: () => Promise<T>,
  { signal, onWait }: LockOptions = {},
): Promise<T> => {
  const mine: Holder = { pid: process.pid, host: os.hostname(), token: randomUUID() };
  let beat = { at: touched(file), seen: performance.now() };
  while (!create(file, JSON.stringify(mine))) {
    const holder = holderOf(file);
    const at = touched(file);
    if (at !== beat.at) beat = { at, seen: performance.now() };
    if (isDead(holder) || performance.now() - beat.seen > SILENCE) breakLock(file, holder);
    else {
      onWait?.(holder?.pid ?? null);
      await sleep(POLL, undefined, { ...(signal && { signal }) });
    }
  }
  const timer = setInterval(() => touch(file), BEAT).unref();
  try {
    return await fn();
  } finally {
    clearInterval(timer);
    if (holderOf(file)?.token === mine.token) rmSync(file, { force: true });
  }
};

const touch = (file: string): void => {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody has taken the cache away: the work itself will find that out.
  }
};
