import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UnderstoryError, type CheckpointStore } from '@understory/core';
import { checkpointStore } from './checkpointStore.ts';
import { runFiles, type RunFiles } from './runFiles.ts';
import { writeAtomic } from './writeAtomic.ts';

/** A run's folder. */
export interface Run {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly files: RunFiles;
  readonly checkpoints: CheckpointStore;
  /** `config.json` as a value; undefined where the run has none. */
  config(): Promise<unknown>;
}

const badConfig = (file: string, why: string, cause: unknown): UnderstoryError =>
  new UnderstoryError('bad-config', `${file} ${why}. Put it back as it was, or train again.`, { cause });

/** A run's `config.json`; undefined where it has none. Errors: `bad-config`. */
export const readConfig = async (file: string): Promise<unknown> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw badConfig(file, code === 'EISDIR' ? 'is a folder' : `cannot be read: ${message}`, cause);
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw badConfig(file, `is not JSON: ${(cause as Error).message}`, cause);
  }
};

const runAt = (folder: string): Run => {
  const files = runFiles(folder);
  return {
    name: basename(folder),
    folder,
    files,
    checkpoints: checkpointStore(files.checkpoints, { make: false }),
    config: () => readConfig(files.config),
  };
};

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u;

const checkName = (name: string): void => {
  if (NAME.test(name) && !/[. ]$/.test(name)) return;
  throw new UnderstoryError(
    'run-name',
    `${JSON.stringify(name)} cannot name a run's folder. Use up to 100 letters, digits, spaces, dots, dashes and ` +
      'underscores; begin with a letter or digit and end with no dot or space.',
  );
};

const there = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

const notMade = (folder: string, cause: unknown): UnderstoryError =>
  new UnderstoryError(
    'write-failed',
    `Could not make ${folder}: ${(cause as Error).message}. Choose another folder for runs.`,
    { cause },
  );

/** Gives a folder that is complete the first name that is free. A rename takes no name that a folder with files has. */
const nameUniquely = async (staged: string, root: string, name: string): Promise<string> => {
  for (let n = 1; ; n++) {
    const folder = join(root, n === 1 ? name : `${name}-${n}`);
    if (await there(folder)) continue;
    try {
      await rename(staged, folder);
      return folder;
    } catch (cause) {
      if (!(await there(folder))) throw notMade(folder, cause);
    }
  }
};

/** What a run's folder holds from its first moment on: listings never see one without its config. */
const stage = async (root: string, name: string, config: unknown): Promise<string> => {
  try {
    await mkdir(root, { recursive: true });
    const staged = join(root, `.${randomUUID()}`);
    await mkdir(staged);
    const files = runFiles(staged);
    await mkdir(files.checkpoints);
    await writeFile(files.metrics, '');
    if (config !== undefined) await writeAtomic(files.config, `${JSON.stringify(config, null, 2)}\n`);
    return staged;
  } catch (cause) {
    if (cause instanceof UnderstoryError) throw cause;
    throw notMade(join(root, name), cause);
  }
};

/**
 * Makes `<root>/<name>`, or `<name>-2`, `-3`, … where that is taken; two processes never get the same one.
 * `config` becomes its `config.json`. Errors: `run-name`, `write-failed`.
 */
export const runFolder = async (root: string, name: string, config?: unknown): Promise<Run> => {
  checkName(name);
  const staged = await stage(root, name, config);
  try {
    return runAt(resolve(await nameUniquely(staged, root, name)));
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
};

export const isRun = async (folder: string): Promise<boolean> => {
  const { config, metrics, checkpoints } = runFiles(folder);
  return (await Promise.all([config, metrics, checkpoints].map(there))).some(Boolean);
};

/** The run in a folder. Errors: `no-run` where there is none. */
export const openRun = async (folder: string): Promise<Run> => {
  if (await isRun(folder)) return runAt(resolve(folder));
  throw new UnderstoryError(
    'no-run',
    `There is no run in ${folder}. \`understory runs\` lists those that there are.`,
  );
};
