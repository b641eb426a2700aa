import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Bytes of all files under a folder; what vanishes meanwhile counts nothing. */
export const folderBytes = (folder: string): number => {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.reduce((sum, name) => sum + fileBytes(path.join(folder, name)), 0);
  } catch {
    return 0;
  }
};

const fileBytes = (file: string): number => {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : 0;
};
