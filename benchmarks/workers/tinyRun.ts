import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TINY_RUN } from '../../packages/cli/src/testing/tinyRun.ts';

export const BIN = path.resolve(import.meta.dirname, '../../packages/cli/bin/understory.js');

/** A folder with a config of a tiny run. */
export const tinyFolder = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'faults-'));
  writeFileSync(path.join(folder, 'tiny.yaml'), TINY_RUN);
  return folder;
};
/** Of an epoch of the tiny run. */
export const STEPS = 6;

export interface Line {
  readonly type: string;
  /** When it was told. */
  readonly time: string;
  readonly step: number;
  readonly loss: number;
  readonly seconds?: number;
}

/** What a run has told so far. */
export const linesOf = (folder: string, name: string): Line[] => {
  const file = path.join(folder, 'runs', name, 'metrics.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
};

/** Losses by step, the last word on each, and the bytes of the last checkpoint's tensors. */
export const endOf = (folder: string, name: string): string => {
  const losses = new Map(
    linesOf(folder, name).flatMap(({ type, step, loss }) => (type === 'step' ? [[step, loss] as const] : [])),
  );
  const bytes = readFileSync(path.join(folder, 'runs', name, 'checkpoints', 'last.safetensors'));
  const tensors = bytes.subarray(8 + Number(bytes.readBigUInt64LE(0))).toString('base64');
  return JSON.stringify([[...losses].sort(([a], [b]) => a - b), tensors]);
};

/** Processes of a run's workers by rank, those that are there now. */
export const workersOf = (name: string): Map<number, number> => {
  const found = new Map<number, number>();
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(`name=${name}`)) continue;
      const rank = /"index":(\d+)}/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1];
      if (rank !== undefined) found.set(Number(rank), Number(pid));
    } catch {
      // It is gone, or somebody else's.
    }
  return found;
};

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Lines of both outputs, with the moment at which each came, in ms. */
  readonly said: { readonly at: number; readonly text: string }[];
}

/** Starts a program, and notes what it says. */
export const startProgram = (command: readonly [string, ...string[]], cwd: string): Started => {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const said: { at: number; text: string }[] = [];
  for (const output of [child.stdout, child.stderr])
    output.on('data', (text: Buffer) =>
      text
        .toString()
        .split('\n')
        .forEach((line) => line.trim() !== '' && said.push({ at: performance.now(), text: line })),
    );
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return { process: child, ended, said };
};

/** Numbers in 0 … 1 that a seed decides (mulberry32). */
export const numbersOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};
