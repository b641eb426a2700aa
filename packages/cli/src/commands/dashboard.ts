import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Actions } from '@understory/dashboard';
import { openDashboard } from '@understory/dashboard';
import { requestStop } from '@understory/tracking/node';
import { interruptible } from '../interrupt.ts';
import { openInBrowser } from '../openInBrowser.ts';

interface DashboardOptions {
  readonly runs: string;
  readonly port: number;
  readonly open: boolean;
  /** Ends by itself when nobody has had it open for some minutes. */
  readonly whileWatched: boolean;
}

/**
 * Without a request for so long nobody has it open, in ms: browsers let a page out of sight ask once a minute. One may take some time
 * to come up.
 */
const UNWATCHED = 180_000;
const FIRST_LOOK = 300_000;

const BIN = fileURLToPath(new URL('../../bin/understory.js', import.meta.url));

/** Lets a run go on in a process that outlives the page; what it says is kept beside the run. */
const resume = async (folder: string): Promise<void> => {
  const log = openSync(path.join(folder, 'output.log'), 'a');
  const child = spawn(process.execPath, [BIN, 'resume', folder], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
};

const actions: Actions = { stop: requestStop, resume };

/** Calls `end` once nobody asked for anything any more; gives what counts a request. */
const watched = (end: () => void): (() => void) => {
  let timer = setTimeout(end, FIRST_LOOK);
  return () => {
    clearTimeout(timer);
    timer = setTimeout(end, UNWATCHED);
  };
};

/** `understory dashboard`: shows runs while they train, until it is interrupted. */
export const dashboard = async ({ runs, port, open, whileWatched }: DashboardOptions): Promise<void> => {
  const { signal, release } = interruptible('Closing the page.');
  const over = new AbortController();
  const onRequest = whileWatched ? watched(() => over.abort()) : undefined;
  const { url, close } = await openDashboard({ runs, port, actions, ...(onRequest && { onRequest }) });
  process.stdout.write(`${url}\n`);
  if (!whileWatched)
    process.stdout.write('The page of the runs, for this machine alone. Ctrl-C closes it; runs go on.\n');
  if (open) openInBrowser(url);
  await new Promise<void>((resolve) => {
    for (const one of [signal, over.signal]) one.addEventListener('abort', () => resolve(), { once: true });
  });
  await close();
  release();
};
