import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Installed } from '../install.ts';
import type { EngineProgress } from '../progress.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const folders: string[] = [];

/** A new folder that everyone may enter. */
export const scratch = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'engine-test-'));
  folders.push(folder);
  chmodSync(folder, 0o755);
  return folder;
};

/** Removes all that `scratch` made. */
export const removeScratch = (): void => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

/** A folder for PATH with these programs of this machine and no others. */
export const pathWith = (...programs: string[]): string => {
  const folder = path.join(scratch(), 'bin');
  mkdirSync(folder);
  const from = (process.env.PATH ?? '').split(path.delimiter);
  for (const name of programs) {
    const at = from.map((f) => path.join(f, name)).find((file) => existsSync(file));
    if (at) symlinkSync(realpathSync(at), path.join(folder, name));
  }
  return folder;
};

export interface Trial {
  readonly child: ChildProcess;
  readonly events: readonly EngineProgress[];
  /** Resolves at the first event of a stage. */
  until(stage: EngineProgress['stage']): Promise<void>;
  readonly ended: Promise<Outcome>;
}

export interface Outcome {
  readonly installed?: Installed;
  readonly code?: string;
  readonly message?: string;
}

export interface TrialOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly uid?: number;
  /** Largest file that the process may write, in kB. */
  readonly fileLimit?: number;
}

/** Runs an installation in a real process. */
export const tryInstall = ({ env, uid, fileLimit }: TrialOptions): Trial => {
  const node = [process.execPath, '--import', tsx, '--conditions=@understory/source', here('installOnce.ts')];
  const limited =
    fileLimit === undefined ? node : ['/bin/bash', '-c', `ulimit -f ${fileLimit}; exec "$@"`, '-', ...node];
  const owner = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(limited[0]!, limited.slice(1), { env, ...owner, stdio: ['ignore', 'pipe', 'inherit'] });
  const events: EngineProgress[] = [];
  const waiting: { stage: string; resolve: () => void }[] = [];
  let outcome: Outcome = {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const value = JSON.parse(line) as EngineProgress | Outcome;
    if (!('stage' in value)) return void (outcome = value);
    events.push(value);
    for (const w of waiting) if (w.stage === value.stage) w.resolve();
  });
  const ended = new Promise<Outcome>((resolve) => child.on('close', () => resolve(outcome)));
  const until = (stage: string): Promise<void> =>
    Promise.race([
      new Promise<void>((resolve) => waiting.push({ stage, resolve })),
      ended.then(() => undefined),
    ]);
  return { child, events, until, ended };
};

/** Compiles the addons that a platform's package brings into a folder, from the engine that the environment's cache holds. */
export const makeAddons = async (into: string, env: NodeJS.ProcessEnv): Promise<void> => {
  const node = ['--import', tsx, '--conditions=@understory/source', here('makeOnce.ts'), into];
  await promisify(execFile)(process.execPath, node, { env });
};

/** The engine's own version. */
export const engineVersion = (): string =>
  (JSON.parse(readFileSync(here('../../../package.json'), 'utf8')) as { version: string }).version;
