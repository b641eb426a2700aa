import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { addonPath } from './addon.ts';
import { buildAddon } from './buildAddon.ts';
import type { EngineFolder } from './cache.ts';
import type { OnProgress } from './progress.ts';
import { addonSource, bindingSource, engineSources, hushSource } from './sources.ts';
import type { Target } from './target.ts';

/** Paths of the compiled addons. */
export interface Built {
  readonly binding: string;
  /** Null where the engine has no addon of its own. */
  readonly addon: string | null;
  /** Keeps stderr back while TensorFlow loads. */
  readonly hush: string;
}

/** Where the addons of the present sources lie, compiled or not. */
export const builtPaths = (at: EngineFolder): Built => {
  const own = addonSource();
  return {
    binding: addonPath(bindingSource(), at),
    hush: addonPath(hushSource(), at),
    addon: own && addonPath(own, at),
  };
};

/** The addons of the present sources, or null where one is not compiled yet. */
export const findBuilt = (at: EngineFolder): Built | null => {
  const built = builtPaths(at);
  return Object.values(built).every((file: string | null) => file === null || existsSync(file))
    ? built
    : null;
};

export interface BuildOptions {
  readonly at: EngineFolder;
  readonly target: Target;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Has the binding, and the engine's addon where it has sources: what is there already, brought or compiled now. */
export const build = async ({ at, target, progress, signal }: BuildOptions): Promise<Built> => {
  const sources = engineSources();
  const total = sources.length;
  const tell = (done: number, why: string | null = null): void =>
    progress?.({ stage: 'compile', done, total, unit: 'files', detail: 'bindings', why });
  let compiled = 0;
  mkdirSync(at.built, { recursive: true });
  prune(at);
  for (const [done, source] of sources.entries()) {
    const onCompile = (why: string | null): void => {
      compiled++;
      tell(done, why);
    };
    await buildAddon({ source, at, target, signal, onCompile });
  }
  if (compiled > 0) tell(total);
  return builtPaths(at);
};

const OLD = 7 * 24 * 3600e3;

/** Removes what nobody has compiled for a week: addons of older sources, and what a killed compiler left. */
const prune = (at: EngineFolder): void => {
  const current = new Set<string | null>(Object.values(builtPaths(at)));
  for (const name of readdirSync(at.built)) {
    const file = path.join(at.built, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    const old = stat && Date.now() - stat.mtimeMs > OLD;
    if (old && !current.has(file)) rmSync(file, { recursive: true, force: true });
  }
};
