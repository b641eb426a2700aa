import { readdirSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { run, succeeded } from './run.ts';
import { folderBytes } from './bytes.ts';
import type { OnProgress } from './progress.ts';
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
    const ran = await run(command, [...args, '--version'], { signal });
    const version = /^pip (\S+)/.exec(ran.stdout)?.[1];
    if (succeeded(ran) && version) return { command, args, version };
  }
  return null;
};

// Tags are given, so that whichever Python runs pip takes the same wheel; its Python code is never used.
const flags = (target: Target): string[] => [
  ...['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--disable-pip-version-check'],
  ...['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', '--platform', target.tag],
];

const UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };

/** The size that pip announces: `Downloading tensorflow_cpu-….whl (274.0 MB)`. */
export const announcedBytes = (output: string): number | null => {
  const found = /Downloading .*\((\d+(?:\.\d+)?) ([kMG]B)\)/.exec(output);
  return found ? Number(found[1]) * UNITS[found[2]!]! : null;
};

export interface DownloadOptions {
  readonly target: Target;
  /** An empty folder for the wheel and pip's own temporary files. */
  readonly into: string;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Has pip fetch the wheel; returns its path. */
export const downloadWheel = async ({ target, into, progress, signal }: DownloadOptions): Promise<string> => {
  const pip = await findPip(signal);
  if (!pip)
    throw new UnderstoryError(
      'no-pip',
      'Python 3 with pip is needed to fetch TensorFlow, and none was found.',
    );
  let total: number | null = null;
  const tell = (): void =>
    progress?.({
      stage: 'download',
      done: Math.min(folderBytes(into), total ?? Infinity),
      total,
      unit: 'bytes',
      detail: target.requirement,
    });
  tell();
  const timer = setInterval(tell, 300);
  try {
    const ran = await run(pip.command, [...pip.args, ...flags(target), '--dest', into, target.requirement], {
      signal,
      env: { ...process.env, TMPDIR: into, PYTHONUNBUFFERED: '1', PIP_PROGRESS_BAR: 'off' },
      onOutput: (text) => (total ??= announcedBytes(text)),
    });
    const wheel = readdirSync(into).find((name) => name.endsWith('.whl'));
    if (!succeeded(ran) || !wheel) {
      throw new UnderstoryError(
        'download-failed',
        `pip could not fetch ${target.requirement}: ${ran.stderr.trim()}`,
      );
    }
    return path.join(into, wheel);
  } finally {
    clearInterval(timer);
  }
};
