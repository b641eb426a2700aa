import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { isBroken, noPip, pipFailure } from './failures.ts';
import type { OnProgress } from './progress.ts';
import { run, SOON, succeeded, type Ran } from './run.ts';
import type { Target } from './target.ts';

/** How to call pip on this machine: the command and its first arguments. */
export interface Pip {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
}

const CALLS: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];

/** The first pip that answers, or null. */
export const findPip = async (signal?: AbortSignal): Promise<Pip | null> => {
  for (const [command, ...args] of CALLS) {
    const ran = await run(command, [...args, '--version'], { signal, timeout: SOON });
    const version = /^pip (\S+)/.exec(ran.stdout)?.[1];
    if (succeeded(ran) && version) return { command, args, version };
  }
  return null;
};

// Tags are given, so that whichever Python runs pip takes the same wheel; its Python code is never used.
const flags = (target: Target, pip: Pip): string[] => [
  ...[
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--no-input',
  ],
  ...['--retries', '3', ...(resumes(pip.version) ? ['--resume-retries', '5'] : [])],
  ...['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'],
  ...[target.tag, ...target.moreTags].flatMap((tag) => ['--platform', tag]),
];

/** pip goes on with a broken download since 25.1. */
const resumes = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 25 || (major === 25 && minor >= 1);
};

const UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };

/** The bytes that pip has announced so far: `Downloading tensorflow_cpu-….whl (274.0 MB)`. */
export const announcedBytes = (output: string): number =>
  [...output.matchAll(/Downloading .*?\((\d+(?:\.\d+)?) ([kMG]B)\)/g)].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
    0,
  );

export interface DownloadOptions {
  readonly target: Target;
  readonly requirements: readonly string[];
  /** Bytes to expect, until pip says. */
  readonly expected: number | null;
  /** A folder of one's own: the wheels appear in it when they are whole. */
  readonly into: string;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ATTEMPTS = 3;

/** Has pip fetch wheels; returns their paths. What was half fetched stays behind in `into`, under other names. */
export const downloadWheels = async (options: DownloadOptions): Promise<string[]> => {
  const pip = await findPip(options.signal);
  if (!pip) throw noPip();
  for (let attempt = 1; ; attempt++) {
    const work = path.join(options.into, `pip-${attempt}`);
    mkdirSync(work, { recursive: true });
    const ran = await watched(pip, work, options);
    const wheels = readdirSync(work).filter((name) => name.endsWith('.whl'));
    if (succeeded(ran) && wheels.length === options.requirements.length) {
      return wheels.map((name) => {
        const whole = path.join(options.into, name);
        renameSync(path.join(work, name), whole);
        return whole;
      });
    }
    if (attempt === ATTEMPTS || !isBroken(ran.stderr))
      throw pipFailure(ran.stderr, options.into, options.target);
  }
};

/** Runs pip and tells how the files grow meanwhile: its temporary ones too, since they lie in the same folder. */
const watched = async (pip: Pip, work: string, options: DownloadOptions): Promise<Ran> => {
  const { target, requirements, expected, progress, signal } = options;
  let said = '';
  const tell = (): void => {
    const total = Math.max(announcedBytes(said), expected ?? 0) || null;
    const done = Math.min(folderBytes(work), total ?? Infinity);
    progress?.({ stage: 'download', done, total, unit: 'bytes', detail: requirements[0]! });
  };
  tell();
  const timer = setInterval(tell, 300);
  try {
    return await run(pip.command, [...pip.args, ...flags(target, pip), '--dest', work, ...requirements], {
      signal,
      env: { ...process.env, TMPDIR: work, PYTHONUNBUFFERED: '1', PIP_PROGRESS_BAR: 'off' },
      onOutput: (text) => (said += text),
    });
  } finally {
    clearInterval(timer);
  }
};

/** Bytes of all files under a folder; what vanishes meanwhile counts nothing. */
const folderBytes = (folder: string): number => {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.reduce((sum, name) => sum + fileBytes(path.join(folder, name)), 0);
  } catch {
    return 0;
  }
};

const fileBytes = (file: string): number => {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : 0;
};
