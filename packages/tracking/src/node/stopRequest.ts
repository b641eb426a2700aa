import { rmSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { runFiles } from './runFiles.ts';
import { writeAtomic } from './writeAtomic.ts';

/** How often a run looks whether it is asked to stop, in ms. */
const EVERY = 1000;

/** Asks whatever trains the run to stop after its step, with a checkpoint. No process is named, so none can be hit by mistake. */
export const requestStop = (folder: string): Promise<void> =>
  writeAtomic(runFiles(folder).stop, `${JSON.stringify({ time: new Date().toISOString() })}\n`);

const forget = (file: string): void => {
  rmSync(file, { force: true });
};

/** Calls `stop` once the run is asked to stop, and gives what ends the watch. A request from before it began is dropped. */
export const watchForStop = (folder: string, stop: () => void): (() => void) => {
  const { stop: file } = runFiles(folder);
  forget(file);
  const timer = setInterval(() => {
    void lstat(file).then(
      (found) => {
        if (!found.isFile()) return;
        clearInterval(timer);
        forget(file);
        stop();
      },
      () => undefined,
    );
  }, EVERY);
  timer.unref();
  return () => clearInterval(timer);
};
