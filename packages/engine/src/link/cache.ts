import { accessSync, constants, existsSync, lstatSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where the engine of one target lies, or will lie. */
export interface EngineFolder {
  /** Holds the engines of all versions, and what an installation leaves while it works. */
  readonly root: string;
  /** `lib`, `include` and what was compiled. */
  readonly folder: string;
  readonly lib: string;
  readonly include: string;
  readonly built: string;
  /** Written last: the folder is whole when it is there. */
  readonly mark: string;
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

export const isWhole = (at: EngineFolder): boolean => existsSync(at.mark);

/**
 * Folders that may hold engines, the first one preferred. A cache that somebody names is the only one; otherwise the
 * user's cache, and the temporary folder for a home that cannot be written.
 */
export const cacheRoots = (named?: string): string[] => {
  const wanted = named ?? process.env.UNDERSTORY_CACHE;
  if (wanted) return [path.resolve(wanted, 'engine')];
  const { XDG_CACHE_HOME: xdg } = process.env;
  const home = xdg && path.isAbsolute(xdg) ? xdg : path.join(os.homedir() || os.tmpdir(), '.cache');
  return [path.join(home, 'understory', 'engine'), path.join(os.tmpdir(), privateName(), 'engine')];
};

const privateName = (): string => `understory-${process.getuid?.() ?? 'user'}`;

// Libraries are loaded from there, so a folder in the shared temporary folder must be one's own.
const isOwn = (root: string): boolean => {
  const above = path.dirname(root);
  if (path.dirname(above) !== os.tmpdir() || !existsSync(above)) return true;
  const stat = lstatSync(above);
  return stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid());
};

/** The folder that holds a whole engine, or null. */
export const findEngine = (key: string, named?: string): EngineFolder | null =>
  cacheRoots(named)
    .filter(isOwn)
    .map((root) => engineFolder(root, key))
    .find(isWhole) ?? null;

/** Makes the first cache folder that can be written; throws the system's error for the first where none can. */
export const writableRoot = (named?: string): string => {
  let first: unknown;
  for (const root of cacheRoots(named).filter(isOwn)) {
    try {
      mkdirSync(root, { recursive: true, mode: 0o700 });
      accessSync(root, constants.W_OK | constants.X_OK);
      return root;
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
};
