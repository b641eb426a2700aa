import { withLock } from '@understory/core/node';
import { build, findBuilt, type Built } from './build.ts';
import { engineFolder, findEngine, isWhole, writableRoot, type EngineFolder } from './cache.ts';
import { findCompiler } from './compileAddon.ts';
import { explainSystem, noCompiler } from './failures.ts';
import { fetchTensorFlow } from './fetch.ts';
import { missingPrebuilt } from './prebuilt/find.ts';
import { checkProcessor } from './processor.ts';
import type { InstallOptions, OnProgress } from './progress.ts';
import { engineSources } from './sources.ts';
import { TENSORFLOW, targetOf, type Target } from './target.ts';

/** What stands ready after an installation. */
export interface Installed extends Built {
  readonly folder: string;
  readonly tensorflow: string;
}

/**
 * Obtains TensorFlow through pip and the bindings to it from the platform's package, or compiles them; does only what is not there yet. Two at once wait
 * for each other. Errors: `no-pip`, `no-compiler`, `no-network`, `no-wheel`, `disk-full`, `cache-not-writable`,
 * `unsupported-platform`, `unsupported-processor`, `bad-wheel`, `download-failed`, `compile-failed`, `binding-broken`.
 */
export const installEngine = async (options: InstallOptions = {}): Promise<Installed> => {
  const target = targetOf({ cuda: options.cuda ?? false });
  checkProcessor();
  const found = findEngine(target.key, options.cacheDir);
  const at = found ?? engineFolder(writableRoot(options.cacheDir), target.key);
  try {
    return await install(at, target, options);
  } catch (error) {
    throw explainSystem(error, at.root, target);
  }
};

const install = async (at: EngineFolder, target: Target, options: InstallOptions): Promise<Installed> => {
  const { progress, signal } = options;
  const built =
    (isWhole(at) ? findBuilt(at) : null) ??
    (await withLock(`${at.folder}.lock`, () => obtain(at, target, options), {
      signal,
      onWait: waiter(progress),
    }));
  progress?.({ stage: 'done', done: 1, total: 1, unit: 'files', detail: at.folder });
  return { folder: at.folder, tensorflow: TENSORFLOW, ...built };
};

/** Under the lock: another process may have done part of it, or all, while this one waited. */
const obtain = async (at: EngineFolder, target: Target, options: InstallOptions): Promise<Built> => {
  if (!isWhole(at)) {
    await checkMeans(options.signal); // before 300 MB are fetched in vain
    await fetchTensorFlow(at, target, options);
  }
  return findBuilt(at) ?? build({ at, target, progress: options.progress, signal: options.signal });
};

/** Throws `no-compiler` where an addon is not brought and could not be compiled. */
const checkMeans = async (signal: AbortSignal | undefined): Promise<void> => {
  const missing = missingPrebuilt(engineSources());
  if (missing && !(await findCompiler(signal))) throw noCompiler(missing.why);
};

const waiter =
  (progress: OnProgress | undefined) =>
  (pid: number | null): void =>
    progress?.({
      stage: 'wait',
      done: 0,
      total: null,
      unit: 'files',
      detail: `another installation${pid === null ? '' : ` (process ${pid})`}`,
    });
