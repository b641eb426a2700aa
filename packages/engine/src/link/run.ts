import { spawn, type ChildProcess } from 'node:child_process';

export interface Ran {
  /** Exit status; null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `ENOENT` and its kin, where the program could not be started at all; `ETIMEDOUT` where it took too long. */
  readonly failure: string | null;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** The program, and all that it started, is ended after so many ms. */
  readonly timeout?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly onOutput?: (text: string) => void;
}

/** For programs that are only asked who they are, in ms: some hang, as `nvidia-smi` on a broken driver does. */
export const SOON = 20_000;

/** Between the request to end and the end, in ms. */
const PATIENCE = 2_000;

/** Ends a program and, where it leads a group of its own, all that it started. */
const kill = (child: ChildProcess, grouped: boolean, name: NodeJS.Signals): void => {
  try {
    if (grouped && child.pid !== undefined) process.kill(-child.pid, name);
    else child.kill(name);
  } catch {
    // It has ended by itself.
  }
};

/** Asks it to end, and ends it where it does not; what it may have left running keeps nobody waiting. */
const end = (child: ChildProcess, grouped: boolean): NodeJS.Timeout => {
  kill(child, grouped, 'SIGTERM');
  return setTimeout(() => {
    kill(child, grouped, 'SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, PATIENCE);
};

const running = new Set<() => void>();
const killAll = (): void => running.forEach((kill) => kill());

/** Has this process's own end, whatever it comes of, end the program too. Gives what undoes it. */
const tieToExit = (kill: () => void): (() => void) => {
  if (running.size === 0) process.on('exit', killAll);
  running.add(kill);
  return () => {
    running.delete(kill);
    if (running.size === 0) process.off('exit', killAll);
  };
};

/**
 * Runs a program to its end and never throws, but for an abort: what happened is in the answer. A program that can be
 * aborted does not outlive this process, nor does what it started.
 */
export const run = (command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const { signal: abortion, timeout, cwd, env = process.env, onOutput } = options;
    abortion?.throwIfAborted();
    // A group of its own hears nothing of a terminal's Ctrl-C: whoever gave the signal tells it.
    const grouped = abortion !== undefined && process.platform !== 'win32';
    const child = spawn(command, args, { cwd, env, detached: grouped, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    let failure: string | null = null;
    let ending: NodeJS.Timeout | undefined;
    const stop = (): void => void (ending ??= end(child, grouped));
    const untie = tieToExit(() => kill(child, grouped, 'SIGKILL'));
    const late = (): void => {
      failure = 'ETIMEDOUT';
      stop();
    };
    const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
    abortion?.addEventListener('abort', stop, { once: true });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
      onOutput?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => (failure ??= error.code ?? error.message));
    child.on('close', (status, signal) => {
      for (const one of [timer, ending]) clearTimeout(one);
      untie();
      abortion?.removeEventListener('abort', stop);
      if (abortion?.aborted) reject(abortion.reason as Error);
      else resolve({ status, signal, ...said, failure });
    });
  });

export const succeeded = (ran: Ran): boolean => ran.failure === null && ran.status === 0;
