import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { StopSignal } from './group.ts';

/** Set in the process that runs in a network of its own. */
const OWN = 'UNDERSTORY_OWN_NETWORK';
/** A new network has a loopback device that is not up yet. */
const UP = 'ip link set lo up';

/** Whether this process is in a network of its own, made by `inOwnNetwork`. */
export const hasOwnNetwork = (): boolean => process.env[OWN] !== undefined;

/** Whether the system lets a user make networks: Linux, where `unshare` and `ip` are there and namespaces are allowed. */
const isAllowed = (): boolean =>
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rn', 'sh', '-c', UP], { timeout: 10_000 }).status === 0;

/**
 * Runs this very command again in a network namespace of its own, whose ports nobody else reaches, and gives its exit code;
 * undefined where the system does not allow it. Signals are handed on.
 */
export const inOwnNetwork = async (signals: readonly StopSignal[]): Promise<number | undefined> => {
  if (!isAllowed()) return undefined;
  const node = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', ['-rn', 'sh', '-c', `${UP} && exec "$@"`, 'sh', ...node], {
    env: { ...process.env, [OWN]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const handOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  signals.forEach((name) => process.on(name, handOn));
  const [code] = (await once(child, 'exit')) as [number | null];
  signals.forEach((name) => process.off(name, handOn));
  return code ?? 1;
};
