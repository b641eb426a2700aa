import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { engineFolder, findEngine, writableRoot, type EngineFolder } from './cache.ts';
import { compileAddon } from './compile.ts';
import { downloadWheel } from './pip.ts';
import type { OnProgress } from './progress.ts';
import { addonSource, bindingSource } from './sources.ts';
import { TENSORFLOW, targetOf, type Target } from './target.ts';
import { unpack } from './unpack.ts';

export interface InstallOptions {
  readonly progress?: OnProgress;
  readonly signal?: AbortSignal;
  /** Instead of `UNDERSTORY_CACHE` and the user's cache folder. */
  readonly cacheDir?: string;
}

/** What stands ready after an installation. */
export interface Installed {
  readonly folder: string;
  readonly tensorflow: string;
  readonly binding: string;
  /** Null where the engine has no addon of its own. */
  readonly addon: string | null;
}

/** Obtains TensorFlow through pip and compiles the bindings against it; does only what is not there yet. */
export const installEngine = async (options: InstallOptions = {}): Promise<Installed> => {
  const target = targetOf();
  const at = findEngine(target.key, options.cacheDir) ?? (await fetchTensorFlow(target, options));
  const built = await buildAddons(at, target, options);
  options.progress?.({ stage: 'done', done: 1, total: 1, unit: 'files', detail: at.folder });
  return { folder: at.folder, tensorflow: TENSORFLOW, ...built };
};

const fetchTensorFlow = async (target: Target, options: InstallOptions): Promise<EngineFolder> => {
  const { progress, signal } = options;
  const at = engineFolder(writableRoot(options.cacheDir), target.key);
  const work = mkdtempSync(path.join(at.root, '.install-'));
  try {
    const wheel = await downloadWheel({ target, into: work, progress, signal });
    const staged = engineFolder(work, 'unpacked');
    mkdirSync(staged.built, { recursive: true });
    await unpack({ wheel, into: staged.folder, target, progress, signal });
    writeFileSync(staged.mark, JSON.stringify({ tensorflow: TENSORFLOW, from: path.basename(wheel) }));
    rmSync(at.folder, { recursive: true, force: true });
    renameSync(staged.folder, at.folder);
    return at;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Compiles the binding, and the engine's addon where it has sources. */
export const buildAddons = async (
  at: EngineFolder,
  target: Target,
  { progress, signal }: Pick<InstallOptions, 'progress' | 'signal'>,
): Promise<Pick<Installed, 'binding' | 'addon'>> => {
  const own = addonSource();
  const sources = [bindingSource(), ...(own ? [own] : [])];
  let done = 0;
  const tell = (): void =>
    progress?.({ stage: 'compile', done, total: sources.length, unit: 'files', detail: 'tfjs binding' });
  tell();
  const built = await Promise.all(
    sources.map(async (source) => {
      const file = await compileAddon({ source, at, target, signal });
      done++;
      tell();
      return file;
    }),
  );
  return { binding: built[0]!, addon: built[1] ?? null };
};
