import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { checkLoads } from '../addon.ts';
import type { EngineFolder } from '../cache.ts';

/**
 * Stands in an addon where the path of TensorFlow's libraries belongs: the loader reads a string that ends at a zero, so
 * a shorter path takes its place without anything else moving.
 */
export const PLACEHOLDER = `/@understory-lib@${'_'.repeat(1000)}`;

/** The addon with `lib` in the place of the placeholder; as it is where it holds none. */
export const withLibrary = (addon: Uint8Array, lib: string): Buffer => {
  const bytes = Buffer.from(addon);
  const [stand, text] = [Buffer.from(PLACEHOLDER), Buffer.from(lib)];
  if (text.length > stand.length)
    throw new UnderstoryError('cache-not-writable', `the path ${lib} is longer than ${stand.length} bytes`);
  for (let at = bytes.indexOf(stand); at >= 0; at = bytes.indexOf(stand, at + 1))
    bytes.fill(0, at, at + stand.length).set(text, at);
  return bytes;
};

export interface TakeOptions {
  readonly file: string;
  readonly at: EngineFolder;
  readonly signal?: AbortSignal | undefined;
}

/** Copies an addon to a passing name in the engine's folder, tells it where TensorFlow lies, and loads it once; its path. */
export const takePrebuilt = async ({ file, at, signal }: TakeOptions): Promise<string> => {
  const taken = path.join(at.built, `.${randomUUID()}.node`);
  try {
    writeFileSync(taken, withLibrary(readFileSync(file), at.lib), { mode: 0o755 });
    await checkLoads(taken, signal);
    return taken;
  } catch (error) {
    rmSync(taken, { force: true });
    throw error;
  }
};
