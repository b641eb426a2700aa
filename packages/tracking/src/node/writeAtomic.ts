import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UnderstoryError } from '@understory/core';

/** Makes names in a folder survive a loss of power. */
export const syncFolder = async (folder: string): Promise<void> => {
  // Windows opens no folder as a file; there the rename alone has to do.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** What a file is to hold: text, bytes, or bytes in parts that follow each other. */
export type Content = string | Uint8Array | readonly Uint8Array[];

const partsOf = (content: Content): readonly (string | Uint8Array)[] =>
  typeof content === 'string' || content instanceof Uint8Array ? [content] : content;

const writeAndSync = async (file: string, content: Content): Promise<void> => {
  const handle = await open(file, 'w');
  try {
    for (const part of partsOf(content)) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The error of a file that could not be written. */
export const writeFailed = (file: string, content: Content, cause: unknown): UnderstoryError => {
  const length = partsOf(content).reduce((sum, part) => sum + part.length, 0);
  const size = `${Math.ceil(length / 1024)} kB`;
  const { code, message } = cause as NodeJS.ErrnoException;
  const gone = `its folder is not there (any more). Whatever moved or deleted it, put it back.`;
  const rest =
    `${message}. What stood there before is untouched. ` +
    'Make room on the disk, or check that the folder may be written to.';
  return new UnderstoryError(
    'write-failed',
    `Could not write ${file} (${size}): ${code === 'ENOENT' ? gone : rest}`,
    { cause },
  );
};

/** `writeAtomic` into a folder that must be there. */
export const replaceFile = async (file: string, content: Content): Promise<void> => {
  const temporary = `${file}.tmp`;
  try {
    await writeAndSync(temporary, content);
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailed(file, content, cause);
  }
};

/**
 * Writes a file as a whole: whoever reads it, at whatever moment the power goes, sees the old content or the new.
 * The neighbour `<file>.tmp` is used on the way, and may be left over after a crash; the next write replaces it.
 * The folder is made where it is not there. Errors: `write-failed`, and the old file is untouched.
 */
export const writeAtomic = async (file: string, content: Content): Promise<void> => {
  await mkdir(dirname(file), { recursive: true }).catch((cause: unknown) => {
    throw writeFailed(file, content, cause);
  });
  await replaceFile(file, content);
};
