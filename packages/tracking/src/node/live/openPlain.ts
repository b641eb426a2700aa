import { lstat, open, type FileHandle } from 'node:fs/promises';
import { UnderstoryError } from '@understory/core';

/** Opens a plain file to read it: a link may lead out of a run's folder, and a pipe would never answer. Undefined where there is none. */
export const openPlain = async (file: string): Promise<FileHandle | undefined> => {
  const found = await lstat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return undefined;
  if (!found.isFile())
    throw new UnderstoryError(
      'read-failed',
      `${file} is no plain file. Put the run's own file back in its place.`,
    );
  return open(file, 'r');
};
