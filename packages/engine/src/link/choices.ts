import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheRoots, writableRoot } from './cache.ts';
import type { Engine } from './engine.ts';

/** What a measurement on this processor chose. */
export interface Choice {
  readonly chosen: string;
  /** Of each that there was to choose from, by name. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** Choices that hold for one processor, one set of kernels and one number of threads. */
export interface Choices {
  /** Undefined where none was made for this, or its file cannot be read. */
  readonly find: (what: string) => Choice | undefined;
  /** Keeps one; where the cache cannot be written, for this time alone. */
  readonly keep: (what: string, choice: Choice) => void;
}

/** What else may be faster on another machine, or with other kernels. */
const machineOf = ({ gpu, threads, tensorflow, addonPath }: Engine): string =>
  JSON.stringify([
    os.cpus()[0]?.model ?? process.arch,
    process.env['UNDERSTORY_INSTRUCTIONS'] ?? '',
    ...[gpu, threads, tensorflow, addonPath && path.basename(addonPath)],
  ]);

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const isChoice = (value: unknown): value is Choice =>
  typeof value === 'object' &&
  value !== null &&
  'chosen' in value &&
  typeof value.chosen === 'string' &&
  'milliseconds' in value &&
  typeof value.milliseconds === 'object' &&
  value.milliseconds !== null &&
  Object.values(value.milliseconds).every((number) => typeof number === 'number');

/** What was chosen by measurements on this machine: one small file each, in the engine's cache. */
export const choicesOf = (engine: Engine, cacheDir?: string): Choices => {
  const machine = machineOf(engine);
  const fileIn = (root: string, what: string): string =>
    path.join(root, 'choices', `${hashOf(machine + what)}.json`);
  return {
    find: (what) => {
      for (const root of cacheRoots(cacheDir)) {
        try {
          const kept: unknown = JSON.parse(readFileSync(fileIn(root, what), 'utf8'));
          if (isChoice(kept)) return kept;
        } catch {
          // not there, or damaged: it is measured again
        }
      }
      return undefined;
    },
    keep: (what, { chosen, milliseconds }) => {
      try {
        const file = fileIn(writableRoot(cacheDir), what);
        mkdirSync(path.dirname(file), { recursive: true });
        const passing = `${file}.${randomUUID()}`;
        writeFileSync(passing, `${JSON.stringify({ machine, what, chosen, milliseconds }, null, 2)}\n`);
        renameSync(passing, file);
      } catch {
        // a cache that cannot be written: it is measured again next time
      }
    },
  };
};
