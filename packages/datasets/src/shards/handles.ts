import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { readAt } from '../sources/bytes.ts';

/** Files that are open at once: far under what systems allow a process. */
const MOST_OPEN = 64;

/** Files that are opened when they are read, and kept open as long as there is room. */
export interface Handles {
  /** Reads from a file; fewer bytes than asked only where it ends. */
  read(file: string, offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file and how many reads of it are under way. */
interface Opened {
  readonly handle: Promise<FileHandle>;
  users: number;
}

export const openHandles = (most = MOST_OPEN): Handles => {
  // In the order of their last use: a Map keeps it.
  const opened = new Map<string, Opened>();
  const closeOldest = (): void => {
    for (const [file, { handle, users }] of opened) {
      if (opened.size <= most) return;
      if (users > 0) continue;
      opened.delete(file);
      void handle.then((one) => one.close()).catch(() => undefined);
    }
  };
  const take = (file: string): Opened => {
    const known = opened.get(file);
    const one = known ?? { handle: open(file, constants.O_RDONLY), users: 0 };
    opened.delete(file);
    opened.set(file, one);
    one.users++;
    if (!known) {
      one.handle.catch(() => opened.delete(file));
      closeOldest();
    }
    return one;
  };
  return {
    async read(file, offset, length) {
      const one = take(file);
      try {
        return await readAt(await one.handle, offset, length);
      } finally {
        one.users--;
      }
    },
    async close() {
      const all = [...opened.values()];
      opened.clear();
      await Promise.allSettled(all.map(async ({ handle }) => (await handle).close()));
    },
  };
};
