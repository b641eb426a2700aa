import { existsSync, renameSync, rmSync } from 'node:fs';
import { addonPath, type AddonSource } from './addon.ts';
import type { EngineFolder } from './cache.ts';
import { compileAddon } from './compileAddon.ts';
import { findPrebuilt } from './prebuilt/find.ts';
import { takePrebuilt } from './prebuilt/take.ts';
import type { Target } from './target.ts';

/** An addon that was compiled elsewhere and fits, or why there is none: null where nobody has brought any. */
const fromElsewhere = async ({
  source,
  at,
  signal,
}: AddonOptions): Promise<string | { why: string | null }> => {
  const found = findPrebuilt(source);
  if ('why' in found) return found;
  try {
    return await takePrebuilt({ file: found.file, at, signal });
  } catch (error) {
    signal?.throwIfAborted();
    return { why: `${found.file}: ${(error as Error).message}` };
  }
};

export interface AddonOptions {
  readonly source: AddonSource;
  readonly at: EngineFolder;
  readonly target: Target;
  readonly signal?: AbortSignal | undefined;
  /** Told before a compiler runs: what is wrong with the addon that was brought; null where none was. */
  readonly onCompile?: (why: string | null) => void;
}

/**
 * Takes the addon of these sources that is there already, that the platform's package brings, or that the compiler makes
 * now; returns its path.
 */
export const buildAddon = async (options: AddonOptions): Promise<string> => {
  const { source, at, target, signal, onCompile } = options;
  const result = addonPath(source, at);
  if (existsSync(result)) return result;
  let made = await fromElsewhere(options);
  if (typeof made !== 'string') {
    onCompile?.(made.why);
    made = await compileAddon({ source, at, target, signal, because: made.why });
  }
  try {
    renameSync(made, result);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
  return result;
};
