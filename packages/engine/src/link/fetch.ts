import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { engineFolder, type EngineFolder, type Mark } from './cache.ts';
import { cudaRequirements, unpackCuda } from './cuda.ts';
import { diskFull } from './failures.ts';
import type { InstallOptions } from './install.ts';
import { downloadWheels } from './pip.ts';
import { TENSORFLOW, type Target } from './target.ts';
import { unpack } from './unpack.ts';

const checkDisk = (at: EngineFolder, target: Target): void => {
  const { bavail, bsize } = statfsSync(at.root);
  if (bavail * bsize < target.diskBytes) throw diskFull(at.root, target.diskBytes, bavail * bsize);
};

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
  const staged = engineFolder(part, 'unpacked');
  const wheels = path.join(part, 'wheels');
  let keep = false;
  try {
    clean(part, ['wheels']);
    checkDisk(at, target);
    mkdirSync(staged.built, { recursive: true });
    const [wheel] = await fetched(wheels, path.join(part, 'download'), target, [target.requirement], options);
    keep = true;
    await unpack({ wheel: wheel!, into: staged.folder, target, ...options }).catch((error: unknown) => {
      keep = options.signal?.aborted === true; // else the wheel itself may be the trouble
      throw error;
    });
    if (target.cuda) await addCuda(wheel!, part, staged, target, options);
    writeFileSync(staged.mark, JSON.stringify(markOf(staged, target)));
    rmSync(at.folder, { recursive: true, force: true });
    renameSync(staged.folder, at.folder);
    keep = false;
  } finally {
    clean(part, keep ? ['wheels'] : []);
  }
};

/** Removes what an earlier run left, but for the names to keep; and the folder, where nothing is kept. */
const clean = (folder: string, keep: readonly string[]): void => {
  if (keep.length === 0) return rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!keep.includes(name)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
};

/** The wheels of an earlier run, or those that pip fetches now. Only whole ones come into `wheels`. */
const fetched = async (
  wheels: string,
  work: string,
  target: Target,
  requirements: readonly string[],
  { progress, signal }: InstallOptions,
): Promise<string[]> => {
  mkdirSync(wheels, { recursive: true });
  const kept = readdirSync(wheels).map((name) => path.join(wheels, name));
  if (kept.length === requirements.length) return kept;
  const expected = requirements[0] === target.requirement ? target.wheelBytes : null;
  mkdirSync(work, { recursive: true });
  const files = await downloadWheels({ target, requirements, expected, into: work, progress, signal });
  return files.map((file) => {
    const whole = path.join(wheels, path.basename(file));
    renameSync(file, whole);
    return whole;
  });
};

const addCuda = async (
  wheel: string,
  part: string,
  staged: EngineFolder,
  target: Target,
  options: InstallOptions,
): Promise<void> => {
  const requirements = await cudaRequirements(wheel);
  const folder = path.join(part, 'cuda-wheels');
  const files = await fetched(folder, path.join(part, 'cuda-download'), target, requirements, options);
  for (const file of files) await unpackCuda({ wheel: file, into: staged.folder, target, ...options });
};

const markOf = (staged: EngineFolder, target: Target): Mark => ({
  tensorflow: TENSORFLOW,
  libraries: Object.fromEntries(
    target.libraries.map((name) => [name, statSync(path.join(staged.lib, name)).size]),
  ),
});
