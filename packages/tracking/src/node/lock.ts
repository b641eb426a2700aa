import { UnderstoryError } from '@understory/core';
import { claimLock, lockOwner, type Lock, type Owner } from '@understory/core/node';
import { runFiles } from './runFiles.ts';

/** Whether some process, here or on another machine that sees the folder, is writing to the run. */
export const isRunning = (folder: string): Promise<boolean> => {
  try {
    return Promise.resolve(lockOwner(runFiles(folder).lock) !== undefined);
  } catch {
    return Promise.resolve(false); // a lock that cannot be read says so to whoever wants to write to the run
  }
};

const closed = (folder: string, cause: unknown): unknown => {
  if (cause instanceof UnderstoryError || !(cause instanceof Error)) return cause;
  const gone = 'code' in cause && cause.code === 'ENOENT';
  return new UnderstoryError(
    'run-not-writable',
    gone
      ? `The run's folder ${folder} is gone. Start the run anew, or put its folder back.`
      : `The run's folder ${folder} cannot be written to (${cause.message}). ` +
          'Make it writable or free room on its disk; or copy the run to a folder that is writable, and give that.',
    { cause },
  );
};

const busy = (folder: string, { pid, host }: Owner): UnderstoryError =>
  new UnderstoryError(
    'run-busy',
    `Process ${pid} on ${host} is writing to the run in ${folder}. ` +
      'Wait until it ends or stop it, then resume; or start a run of another name.',
  );

const take = (folder: string): Lock => {
  try {
    const taken = claimLock(runFiles(folder).lock);
    if ('release' in taken) return taken;
    throw busy(folder, taken);
  } catch (error) {
    throw closed(folder, error);
  }
};

/**
 * Marks the run as this process's own and gives the function that ends that; a mark whose process is gone is
 * replaced, by one alone of those who try. Errors: `run-busy` while another process (or this one) writes to the run;
 * `run-not-writable`; `lock-broken`, where a folder lies in the mark's place.
 */
export const claimRun = async (folder: string): Promise<() => Promise<void>> => {
  const { release } = await Promise.resolve(folder).then(take);
  return () => Promise.resolve().then(release);
};
