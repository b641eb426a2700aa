import { once } from 'node:events';
import { UnderstoryError } from '@understory/core';
import type { Say } from '../listeners.ts';
import { goneOnWith, watchSilence } from '../processes/alive.ts';
import { LOST } from './launched.ts';
import type { GroupRequest, StopSignal } from './group.ts';
import { endOf, isDone, startGroup, type GroupEnd, type Watched } from './watch.ts';

export interface LaunchRequest extends Pick<GroupRequest, 'command' | 'threads' | 'say'> {
  readonly workers: number;
  /** Numbers of workers to go on with where one is lost, the first one first; as many as before where empty. */
  readonly fewer: readonly number[];
  /** How often a run is gone on with. */
  readonly restarts: number;
  /** Seconds without a word of a worker after which it is given up. */
  readonly bound: number;
  /** What goes on with the run in a folder, in place of `command`. */
  readonly goOn: (folder: string) => readonly string[];
  /** Is given what hands a signal on to the workers: the first one as it is, a second one ends them at once. */
  readonly onStop: (stop: (signal: StopSignal) => void) => void;
}

/** How long what is left of a group has to say what it knows, in ms. */
const GRACE = 1500;

const send = ({ process: child, end }: Watched, signal: NodeJS.Signals): void => {
  if (!end) child.kill(signal);
};

/** Waits until all processes of a group are gone, and ends those that stay behind where one was lost or is silent. */
const watch = async (
  group: readonly Watched[],
  bound: number,
  stopping: () => boolean,
): Promise<GroupEnd> => {
  let silent: Watched | undefined;
  const killAll = (): void =>
    group.forEach((one) => {
      one.givenUp = one.end === undefined;
      send(one, 'SIGKILL');
    });
  const unwatch = watchSilence(group, bound, (one) => {
    silent = one;
    killAll();
  });
  const timers: NodeJS.Timeout[] = [];
  const ended = group.map(async (one) => {
    const heard = once(one.process, 'disconnect'); // what it said last may be read after its end
    const [code, signal] = (await once(one.process, 'exit')) as [number | null, NodeJS.Signals | null];
    one.end = { code, signal };
    if (code === 0) await heard;
    const isLost = !isDone(one) && !stopping();
    if (isLost) timers.push(setTimeout(killAll, code === LOST ? GRACE : GRACE / 3));
    else if (one.rank === 0) timers.push(setTimeout(killAll, 1000 * bound)); // the others have nothing left to do
    await heard;
  });
  await Promise.all(ended);
  unwatch();
  timers.forEach(clearTimeout);
  return endOf(group, silent, bound);
};

const tellRestart = (
  say: Say,
  lost: string,
  { size, folder, left }: { size: number; folder?: string | undefined; left: number },
): void => {
  const what = folder === undefined ? 'Beginning again' : 'Going on from the last checkpoint';
  say(`${lost}. ${what} with ${size} ${size === 1 ? 'worker' : 'workers'}; restarts left: ${left}.`);
};

/** Does some work, with a duty for the case that this process ends meanwhile. */
const withLastDuty = async <T>(duty: () => void, work: () => Promise<T>): Promise<T> => {
  process.once('exit', duty);
  try {
    return await work();
  } finally {
    process.off('exit', duty);
  }
};

/**
 * Runs a group of workers until they are done, and goes on from the last checkpoint where one is lost. Gives the exit code.
 * Errors: `worker-lost`, when it was gone on with as often as is allowed; `worker-failed`, for what a user has to mend.
 */
export const launchWorkers = async (request: LaunchRequest): Promise<number> => {
  const { restarts, bound, say, goOn, onStop, threads } = request;
  let size = request.workers;
  let folder: string | undefined;
  let group: readonly Watched[] = [];
  let stops = 0;
  onStop((signal) => {
    stops++;
    group.forEach((one) => send(one, stops > 1 ? 'SIGKILL' : signal));
  });
  const onRun = (run: string): void => void (folder = run);
  const killAll = (): void => group.forEach((one) => send(one, 'SIGKILL'));
  for (let left = restarts; ; left--) {
    const command = folder === undefined ? request.command : goOn(folder);
    group = await startGroup({ size, command, threads, say, onRun });
    const end = await withLastDuty(killAll, () => watch(group, bound, () => stops > 0));
    if (stops > 0) return group[0]?.end?.code ?? 1;
    if ('code' in end) {
      if (end.why === undefined) return end.code;
      throw new UnderstoryError('worker-failed', end.why);
    }
    const lost = `Worker ${end.lost} ${end.how}`;
    if (left <= 0)
      throw new UnderstoryError(
        'worker-lost',
        `${lost}. ${goneOnWith(restarts)}${restarts > 0 ? ' (--restarts)' : ''}. See why it ended, then go on with --resume.`,
      );
    size = request.fewer.find((n) => n < size) ?? size;
    tellRestart(say, lost, { size, folder, left: left - 1 });
  }
};
