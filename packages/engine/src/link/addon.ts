import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import type { EngineFolder } from './cache.ts';
import { run, succeeded } from './run.ts';
import { TENSORFLOW } from './target.ts';

/** A native addon to be made from sources. */
export interface AddonSource {
  /** `tfjs_binding`, `understory`. */
  readonly name: string;
  readonly files: readonly string[];
  /** Headers that the sources include: part of what decides whether to compile again. */
  readonly headers: readonly string[];
  readonly includes: readonly string[];
  /** Headers that every source includes first. */
  readonly before?: readonly string[];
  /** Calls nothing of TensorFlow, and must not load it. */
  readonly alone?: boolean;
  readonly napi: number;
}

/** To be raised with every change in how addons are compiled, so that they are compiled again. */
const LINKING = 2;

/** The file name of these very sources' addon for this platform. */
export const addonName = (source: AddonSource): string => {
  const hash = createHash('sha256').update(
    `${TENSORFLOW} ${LINKING} napi${source.napi} ${process.platform}-${process.arch}`,
  );
  for (const file of [...source.files, ...source.headers])
    hash.update(path.basename(file)).update(readFileSync(file));
  return `${source.name}-${hash.digest('hex').slice(0, 16)}.node`;
};

/** Where the compiled addon of these very sources lies, whether it is there yet or not. */
export const addonPath = (source: AddonSource, at: EngineFolder): string =>
  path.join(at.built, addonName(source));

/** Loads the addon in a process of its own: what this system cannot load must not take the caller down. */
export const checkLoads = async (file: string, signal?: AbortSignal): Promise<void> => {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' };
  const ran = await run(process.execPath, ['-e', 'require(process.argv[1])', file], { signal, env });
  if (succeeded(ran)) return;
  const said =
    /^Error: .*$/m.exec(ran.stderr)?.[0] ?? `it ended with ${ran.signal ?? `status ${ran.status}`}`;
  throw new UnderstoryError(
    'binding-broken',
    `TensorFlow ${TENSORFLOW} was linked, but this system cannot load it: ${said}. ` +
      `It needs glibc 2.27 or newer and the C++ library of the compiler that linked it.`,
  );
};
