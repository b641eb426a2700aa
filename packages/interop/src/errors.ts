import { UnderstoryError } from '@understory/core';

export const badPyTorch = (what: string): UnderstoryError =>
  new UnderstoryError('bad-pytorch', `Not a sound PyTorch file: ${what}.`);

/** Runs a reader; its errors say which file they are of. `file` is undefined where bytes were given. */
export const namingFile = <T>(file: string | undefined, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw inFile(error, file);
  }
};

/** The error, with the file named where it is ours and does not name it yet. */
export const inFile = (error: unknown, file: string | undefined): unknown =>
  file !== undefined && error instanceof UnderstoryError && !error.message.includes(file)
    ? new UnderstoryError(error.code, `${file}: ${error.message}`, { cause: error })
    : error;

/** Names in a list, shortened. */
export const listed = (names: readonly string[], most = 8): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
