import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const bin = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  '..',
  '..',
  'bin',
  'understory.js',
);

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const temporaryFolder = (): string => mkdtempSync(path.join(tmpdir(), 'understory-'));

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

export interface Line {
  readonly type: string;
  readonly step: number;
  readonly loss?: number;
  readonly terms?: Readonly<Record<string, number>>;
}

/** The events of a run, from its metrics.jsonl; none where there is no file yet. */
export const metricsOf = (folder: string): Line[] => {
  let text = '';
  try {
    text = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
};
