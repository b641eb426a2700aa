import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Training does not wait for the page for longer, in ms. */
const PATIENCE = 10_000;

const BIN = fileURLToPath(new URL('../bin/understory.js', import.meta.url));

/** Lets a process work when nothing else wants to: the page may wait, training may not. */
const yielding = (id: number): void => {
  try {
    setPriority(id, constants.priority.PRIORITY_LOW);
  } catch {
    // A system that refuses it shows the page all the same.
  }
};

/**
 * Shows the runs in a page while a run trains: in a process of its own, which yields to training's. It stays as long as
 * somebody looks. Gives its address; undefined where it did not come up.
 */
export const pageBeside = async (runs: string): Promise<string | undefined> => {
  await mkdir(runs, { recursive: true });
  const args = ['dashboard', '--runs', runs, '--open', '--while-watched'];
  const child = spawn(process.execPath, [BIN, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (child.pid !== undefined) yielding(child.pid);
  const said = once(child.stdout, 'data').then(([text]) => String(text).split('\n')[0]);
  const ended = once(child, 'close').then(() => undefined);
  const url = await Promise.race([said, ended, sleep(PATIENCE, undefined, { ref: false })]).catch(
    () => undefined,
  );
  child.stdout.destroy();
  child.unref();
  return url;
};
