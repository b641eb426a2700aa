import { rm, writeFile } from 'node:fs/promises';
import { cut, isObject } from '@understory/core';
import { readSmall } from './live/readSmall.ts';
import { runFiles } from './runFiles.ts';

/** Characters of a reason that are kept, and bytes of the largest file that says one. */
const MOST = 1000;
const LARGEST = 8 * MOST;

/** An error that ended a run. */
export interface Crash {
  /** ISO 8601. */
  readonly time: string;
  readonly reason: string;
}

/** Keeps why a run ended; a folder that is gone, or cannot be written, keeps nothing, and the error itself is told anyway. */
export const keepCrash = async (folder: string, error: unknown): Promise<void> => {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  const crash: Crash = { time: new Date().toISOString(), reason: cut(reason, MOST) };
  await writeFile(runFiles(folder).crash, `${JSON.stringify(crash)}\n`).catch(() => undefined);
};

/** Forgets why a run ended: it goes on. */
export const forgetCrash = async (folder: string): Promise<void> =>
  rm(runFiles(folder).crash, { force: true });

/** Why a run ended, where an error ended it and the file that says so is whole. */
export const readCrash = async (folder: string): Promise<Crash | undefined> => {
  try {
    const text = await readSmall(runFiles(folder).crash, LARGEST);
    const value: unknown = JSON.parse(text ?? 'null');
    if (!isObject(value) || typeof value['reason'] !== 'string' || typeof value['time'] !== 'string')
      return undefined;
    return { time: value['time'], reason: cut(value['reason'], MOST) };
  } catch {
    return undefined;
  }
};
