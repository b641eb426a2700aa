import { copyFile, link, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@understory/core/node';
import { UnderstoryError, type CheckpointName, type CheckpointStore } from '@understory/core';
import { replaceFile, syncFolder, writeFailed } from './writeAtomic.ts';

const readOrNothing = async (file: string): Promise<Uint8Array | undefined> => {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    const why = errnoOf(cause) === 'EISDIR' ? 'it is a folder' : (cause as Error).message;
    throw new UnderstoryError('checkpoint', `Could not read ${file}: ${why}.`, { cause });
  }
};

/** Gives a file a second name; its bytes are copied where the disk knows no links. Whether there is such a file. */
const nameAgain = async (file: string, name: string): Promise<boolean> => {
  try {
    await rm(name, { force: true, recursive: true });
    await link(file, name).catch(async (error: unknown) => {
      if (errnoOf(error) === 'ENOENT') throw error;
      await copyFile(file, name);
    });
    return true;
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return false;
    throw writeFailed(name, '', cause);
  }
};

export interface StoreSettings {
  /** Whether the folder is made where it is not there, once, at the first save; true by default. */
  readonly make?: boolean;
}

/**
 * Keeps `last`, `previous` (the `last` before it), `best` and `black-box.safetensors` in a folder. Saves wait for each
 * other; each is atomic, and there is a whole `last` at every moment. A folder that vanishes is not made again.
 * Errors: `write-failed`, `checkpoint` where a file cannot be read.
 */
export const checkpointStore = (folder: string, { make = true }: StoreSettings = {}): CheckpointStore => {
  const fileOf = (name: CheckpointName): string => join(folder, `${name}.safetensors`);
  let before: Promise<unknown> = Promise.resolve();
  let made = !make;
  const write = async (name: 'last' | 'best' | 'black-box', parts: readonly Uint8Array[]): Promise<void> => {
    if (!made) await mkdir(folder, { recursive: true }).catch(() => undefined); // the error, if any, is told below
    made = true;
    const file = fileOf(name);
    // The new `last` is there before the old one takes the name `previous`: no kill between the two leaves none.
    const previous = fileOf('previous');
    const kept = name === 'last' && (await nameAgain(file, `${previous}.tmp`));
    await replaceFile(file, parts);
    if (!kept) return;
    await rename(`${previous}.tmp`, previous).catch((cause: unknown) => {
      throw writeFailed(previous, '', cause);
    });
    await syncFolder(folder);
  };
  return {
    save(name, parts) {
      const saved = before.then(() => write(name, parts));
      before = saved.catch(() => undefined);
      return saved;
    },
    async load(name) {
      await before;
      return readOrNothing(fileOf(name));
    },
    describe: fileOf,
  };
};
