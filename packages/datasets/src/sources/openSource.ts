import { stat } from 'node:fs/promises';
import { badDataset } from '../errors.ts';
import type { FileSource } from './fileSource.ts';
import { folderSource } from './folderSource.ts';
import { tarSource } from './tarSource.ts';

/** Opens a folder, a tar or a tar.gz. Errors: `bad-dataset`, `bad-archive`. */
export const openSource = async (path: string): Promise<FileSource> => {
  const info = await stat(path).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why =
      reason === 'ENOENT'
        ? 'there is nothing at this path (relative paths start at the current folder)'
        : reason;
    throw badDataset(path, why);
  });
  return info.isDirectory() ? folderSource(path) : tarSource(path);
};
