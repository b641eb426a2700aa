import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { engineFolder, type EngineFolder, type Mark } from './cache.ts';
import { cudaRequirements, unpackCuda } from './cuda.ts';
import { diskFull } from './failures.ts';
import { downloadWheels } from './pip.ts';
import type { InstallOptions } from './progress.ts';
import { TENSORFLOW, type Target } from './target.ts';
import { unpack } from './unpack.ts';

const checkDisk = (at: EngineFolder, target: Target): void => {
  const { bavail, bsize } = statfsSync(at.root);
  if (bavail * bsize < target.diskBytes) throw diskFull(at.root, target.diskBytes, bavail * bsize);
};

interface Job {
  readonly target: Target;
  readonly options: InstallOptions;
  /** Where everything is prepared. */
  readonly part: string;
  readonly staged: EngineFolder;
}

/**
 * Fetches and unpacks TensorFlow beside its place and moves it there when it is whole. A wheel that was fetched to its
 * end survives an interruption; everything else that one left is removed. Runs under the installation's lock.
 */
export const fetchTensorFlow = async (
  at: EngineFolder,
  target: Target,
  options: InstallOptions,
): Promise<void> => {
  const part = `${at.folder}.part`;
  const job: Job = { target, options, part, staged: engineFolder(part, 'unpacked') };
  let keep = false;
  try {
    clean(part, [WHEELS]);
    checkDisk(at, target);
    mkdirSync(job.staged.built, { recursive: true });
    const [wheel] = await fetched(job, WHEELS, [target.requirement]);
    keep = true;
    await unpack({ wheel: wheel!, into: job.staged.folder, target, ...options }).catch((error: unknown) => {
      keep = options.signal?.aborted === true; // else the wheel itself may be the trouble
      throw error;
    });
    if (target.cuda) await addCuda(job, wheel!);
    writeFileSync(job.staged.mark, JSON.stringify(markOf(job.staged, target)));
    rmSync(at.folder, { recursive: true, force: true });
    renameSync(job.staged.folder, at.folder);
    keep = false;
  } finally {
    clean(part, keep ? [WHEELS] : []);
  }
};

const WHEELS = 'wheels';

/** Removes what an earlier run left, but for the names to keep; and the folder, where nothing is kept. */
const clean = (folder: string, keep: readonly string[]): void => {
  if (keep.length === 0) {
    rmSync(folder, { recursive: true, force: true });
    return;
  }
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!keep.includes(name)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
};

/** The wheels of an earlier run, or those that pip fetches now. Only whole ones come into the folder `name`. */
const fetched = async (
  { target, part, options: { progress, signal } }: Job,
  name: string,
  requirements: readonly string[],
): Promise<string[]> => {
  const wheels = path.join(part, name);
  mkdirSync(wheels, { recursive: true });
  const kept = readdirSync(wheels).map((file) => path.join(wheels, file));
  if (kept.length === requirements.length) return kept;
  const expected = requirements[0] === target.requirement ? target.wheelBytes : null;
  const into = path.join(part, `${name}-download`);
  mkdirSync(into, { recursive: true });
  const files = await downloadWheels({ target, requirements, expected, into, progress, signal });
  return files.map((file) => {
    const whole = path.join(wheels, path.basename(file));
    renameSync(file, whole);
    return whole;
  });
};

const addCuda = async (job: Job, wheel: string): Promise<void> => {
  const { staged, target, options } = job;
  const files = await fetched(job, 'cuda', await cudaRequirements(wheel));
  for (const file of files) await unpackCuda({ wheel: file, into: staged.folder, target, ...options });
};

const markOf = (staged: EngineFolder, target: Target): Mark => ({
  tensorflow: TENSORFLOW,
  libraries: Object.fromEntries(
    target.libraries.map((name) => [name, statSync(path.join(staged.lib, name)).size]),
  ),
});
