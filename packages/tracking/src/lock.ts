import { readFileSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { UnderstoryError } from '@understory/core';
import { runFiles } from './runFiles.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells this process from a later one of the same number; empty where the system does not say. */
  readonly born: string;
}

/** On another machine no process can be asked; a run that wrote within this time counts as running, in ms. */
const FRESH = 10 * 60_000;

/** When a process started, in clock ticks since the machine did (Linux; field 22 of `/proc/<pid>/stat`). */
const bornAt = (pid: number): string => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const readOwner = async (file: string): Promise<Owner | undefined> => {
  try {
    const owner = JSON.parse(await readFile(file, 'utf8')) as Owner | null;
    return typeof owner?.pid === 'number' ? owner : undefined;
  } catch {
    return undefined;
  }
};

/** Who writes to this run now, if anybody does. */
const ownerOf = async (folder: string): Promise<Owner | undefined> => {
  const files = runFiles(folder);
  const owner = await readOwner(files.lock);
  if (!owner) return undefined;
  if (owner.host === hostname()) {
    return alive(owner.pid) && bornAt(owner.pid) === owner.born ? owner : undefined;
  }
  const modified = async (file: string): Promise<number> =>
    (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
  const latest = Math.max(await modified(files.metrics), await modified(files.lock));
  return Date.now() - latest < FRESH ? owner : undefined;
};

/** Whether some process, here or on another machine that sees the folder, is writing to the run. */
export const isRunning = async (folder: string): Promise<boolean> => (await ownerOf(folder)) !== undefined;

/**
 * Marks the run as this process's own and gives the function that ends that; a mark whose process is gone is
 * replaced. Errors: `run-busy` while another process (or this one) writes to the run.
 */
export const claimRun = async (folder: string): Promise<() => Promise<void>> => {
  const { lock } = runFiles(folder);
  const owner = await ownerOf(folder);
  if (owner) {
    throw new UnderstoryError(
      'run-busy',
      `Process ${owner.pid} on ${owner.host} is writing to the run in ${folder}. ` +
        'Wait until it ends or stop it, then resume; or start a run of another name.',
    );
  }
  await rm(lock, { force: true });
  const me: Owner = { pid: process.pid, host: hostname(), born: bornAt(process.pid) };
  await writeFile(lock, `${JSON.stringify(me)}\n`, { flag: 'wx' });
  return () => rm(lock, { force: true });
};
