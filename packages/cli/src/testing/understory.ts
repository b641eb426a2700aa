import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

export const bin = path.resolve(import.meta.dirname, '../../bin/understory.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built command line in a process of its own. */
export const start = (
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): { process: ChildProcess; finished: Promise<Finished> } => {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const finished = new Promise<Finished>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
  return { process: child, finished };
};

export const understory = (args: readonly string[], cwd: string): Promise<Finished> =>
  start(args, cwd).finished;
