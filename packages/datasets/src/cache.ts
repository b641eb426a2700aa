import { mkdir, open, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A file of the user's cache folder: `UNDERSTORY_CACHE`, else `understory` in the system's place for caches. */
export const cachePath = (...parts: readonly string[]): string => {
  const { UNDERSTORY_CACHE: named, XDG_CACHE_HOME: xdg } = process.env;
  const base =
    named ?? path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), '.cache'), 'understory');
  return path.join(base, ...parts);
};

let drafts = 0;

/** Writes a file of parts under a name of its own and then renames it: it is whole or not there. Errors: the system's. */
export const writeWhole = async (
  file: string,
  parts: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  { sync = false }: { readonly sync?: boolean } = {},
): Promise<void> => {
  const draft = `${file}.${process.pid}-${drafts++}.part`;
  try {
    const handle = await open(draft, 'w');
    try {
      for await (const part of parts) await handle.writeFile(part);
      // Else a loss of power may leave a file of the right length that holds nothing.
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
};

/** `writeWhole` into the cache. Where that cannot be written, the next run does its work again. */
export const writeCached = async (file: string, parts: Iterable<Uint8Array | string>): Promise<void> => {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeWhole(file, parts);
  } catch {
    return;
  }
};
