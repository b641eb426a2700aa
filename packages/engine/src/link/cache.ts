import { accessSync, constants, existsSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errnoOf } from '@understory/core/node';
import { cacheClosed } from './failures.ts';

/** Where the engine of one target lies, or will lie. */
export interface EngineFolder {
  /** Holds the engines of all versions, and what an installation leaves while it works. */
  readonly root: string;
  /** `lib`, `include` and what was compiled. */
  readonly folder: string;
  readonly lib: string;
  readonly include: string;
  readonly built: string;
  /** Written last: the folder is whole when it is there and tells the truth. */
  readonly mark: string;
}

/** What the mark holds. */
export interface Mark {
  readonly tensorflow: string;
  /** Bytes of each library. */
  readonly libraries: Readonly<Record<string, number>>;
}

export const engineFolder = (root: string, key: string): EngineFolder => {
  const folder = path.join(root, key);
  return {
    root,
    folder,
    lib: path.join(folder, 'lib'),
    include: path.join(folder, 'include'),
    built: path.join(folder, 'built'),
    mark: path.join(folder, 'whole.json'),
  };
};

/** Whether everything that was unpacked is still there. */
export const isWhole = (at: EngineFolder): boolean => {
  try {
    const { libraries } = JSON.parse(readFileSync(at.mark, 'utf8')) as Mark;
    const sizes = Object.entries(libraries);
    return (
      existsSync(at.include) &&
      sizes.every(([name, bytes]) => statSync(path.join(at.lib, name)).size === bytes)
    );
  } catch {
    return false;
  }
};

/** The user's home; the temporary folder where a container runs as a user that the system does not know. */
const homeFolder = (): string => {
  try {
    return os.homedir() || os.tmpdir();
  } catch {
    return os.tmpdir();
  }
};

/**
 * Folders that may hold engines, the first one preferred. A cache that somebody names is the only one; otherwise the
 * user's cache, and the temporary folder for a home that cannot be written.
 */
export const cacheRoots = (named?: string): string[] => {
  const wanted = named ?? process.env.UNDERSTORY_CACHE;
  if (wanted) return [path.resolve(wanted, 'engine')];
  const { XDG_CACHE_HOME: xdg } = process.env;
  const home = xdg && path.isAbsolute(xdg) ? xdg : path.join(homeFolder(), '.cache');
  return [path.join(home, 'understory', 'engine'), path.join(os.tmpdir(), privateName(), 'engine')];
};

const privateName = (): string => `understory-${process.getuid?.() ?? 'user'}`;

// Libraries are loaded from there, so a folder in the shared temporary folder must be one's own.
const isOwn = (root: string): boolean => {
  const above = path.dirname(root);
  if (path.basename(above) !== privateName()) return true;
  const stat = lstatSync(above, { throwIfNoEntry: false });
  return !stat || (stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid()));
};

/** The folder that holds a whole engine, or null. */
export const findEngine = (key: string, named?: string): EngineFolder | null =>
  cacheRoots(named)
    .filter(isOwn)
    .map((root) => engineFolder(root, key))
    .find(isWhole) ?? null;

/** `mkdir -p`; Node's own never ends where a parent exists and takes no folders, as under `/proc`. */
const makeFolders = (folder: string): void => {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolders(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error; // else another process was faster
  }
};

/** Makes the first cache folder that can be written; throws `cache-not-writable` where none can. */
export const writableRoot = (named?: string): string => {
  let first: { root: string; error: unknown } | undefined;
  for (const root of cacheRoots(named).filter(isOwn)) {
    try {
      makeFolders(root);
      accessSync(root, constants.W_OK | constants.X_OK);
      return root;
    } catch (error) {
      first ??= { root, error };
    }
  }
  throw cacheClosed(first?.root ?? 'folder', first?.error);
};
