import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointStore } from '@understory/core';
import { writeAtomic } from './writeAtomic.ts';

/** Keeps `last.safetensors` and `best.safetensors` in a folder. Saves wait for each other; each is atomic. */
export const checkpointStore = (folder: string): CheckpointStore => {
  const fileOf = (name: string): string => join(folder, `${name}.safetensors`);
  let before: Promise<unknown> = Promise.resolve();
  return {
    save(name, parts) {
      const saved = before.then(() => writeAtomic(fileOf(name), parts));
      before = saved.catch(() => undefined);
      return saved;
    },
    async load(name) {
      await before;
      try {
        return new Uint8Array(await readFile(fileOf(name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
};
