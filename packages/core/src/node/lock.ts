import { rmSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLock, writeClaim, type Claim } from './lockFile.ts';
import type { Owner } from './process.ts';
import { ownerOf, sweep, takeLock, type IsSilent } from './takeLock.ts';

/** How often an owner touches its lock, in ms. */
const BEAT = 5_000;
/** An owner that cannot be asked, and has not touched its lock for so long, is gone; in ms. */
const SILENCE = 60_000;
/** The same for another machine, whose clock and file server may lag, and whose steps may hold up the beat; in ms. */
const LONG_SILENCE = 600_000;
const POLL = 200;
/** Between tries while others move, in ms. */
const SHORT = 5;

/** A lock that is this process's own. */
export interface Lock {
  /** Gives it back; what is another's by now is left alone. Never throws: a lock that stays dies with its process. */
  readonly release: () => void;
}

const silentAt =
  (now: number): IsSilent =>
  (owner, touched) =>
    now - touched > (owner.host === hostname() ? SILENCE : LONG_SILENCE);

const isOurs = (file: string, token: string): boolean => readLock(file)?.owner?.token === token;

const quietly = (work: () => void): void => {
  try {
    work();
  } catch {
    // Somebody has taken the folder away, or closed it: the work under the lock will find that out itself.
  }
};

const hold = (file: string, claim: Claim): Lock => {
  const whileOurs = (work: () => void): void =>
    quietly(() => {
      if (isOurs(file, claim.token)) work();
    });
  quietly(() => sweep(file, claim));
  const timer = setInterval(() => whileOurs(() => utimesSync(file, new Date(), new Date())), BEAT).unref();
  return {
    release: () => {
      clearInterval(timer);
      whileOurs(() => rmSync(file, { force: true }));
    },
  };
};

const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Tries until the lock is ours or a live owner has it. */
const decide = (file: string, isSilent: (claim: Claim) => IsSilent): Lock | Owner => {
  const claim = writeClaim(file);
  try {
    for (;;) {
      const taken = takeLock(file, claim, isSilent(claim));
      if (taken === 'ours') return hold(file, claim);
      if (taken !== 'again') return taken;
      pause(SHORT);
    }
  } finally {
    rmSync(claim.file, { force: true });
  }
};

/**
 * Takes the lock that is a file of this name, at once: the lock, or the owner that has it. The lock of a process that
 * died, and a file that is no lock, are replaced, by exactly one of those who try.
 * Errors: `lock-broken`, where the name belongs to a folder or its like; those of the file system as they are.
 */
export const claimLock = (file: string): Lock | Owner => decide(file, ({ now }) => silentAt(now));

/** Who has the lock, if anybody does. Errors: as of `claimLock`. */
export const lockOwner = (file: string): Owner | undefined => ownerOf(file, silentAt(Date.now()));

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told again and again while another process has the lock. */
  readonly onWait?: (pid: number) => void;
}

/** Watches an owner elsewhere: it is gone when its lock stays untouched for as long, whatever the clocks say. */
const watcher = (): IsSilent => {
  let last = { key: '', since: 0 };
  return ({ token, host, pid }, touched) => {
    const key = `${token} ${host} ${pid} ${touched}`;
    if (key !== last.key) last = { key, since: performance.now() };
    return performance.now() - last.since > SILENCE;
  };
};

/** Runs `fn` while no other process does so under the same file; waits for those that do, and outlives those that died. */
export const withLock = async <T>(
  file: string,
  fn: () => Promise<T>,
  { signal, onWait }: LockOptions = {},
): Promise<T> => {
  const isSilent = watcher();
  for (;;) {
    signal?.throwIfAborted();
    const taken = decide(file, () => isSilent);
    if ('release' in taken) {
      try {
        return await fn();
      } finally {
        taken.release();
      }
    }
    onWait?.(taken.pid);
    await sleep(POLL, undefined, { ...(signal && { signal }) });
  }
};
