import { UnderstoryError } from './errors.ts';

/** What an operating system means by the code of its refusal, and what can be done. */
const MEANINGS: Readonly<Record<string, readonly [meaning: string, cure: string]>> = {
  EACCES: ['this user may not open it', 'Change its permissions, or name another path'],
  EBUSY: ['another program holds it', 'Close that program, then try again'],
  EDQUOT: ["this user's share of the disk is full", 'Delete what is not needed, or name another disk'],
  EEXIST: ['it is there already', 'Name another path, or move it away'],
  EIO: ['the disk reports a fault', 'Copy what is on it to another disk'],
  EISDIR: ['it is a folder', 'Name a file'],
  ELOOP: ['it is a link that leads back to itself', 'Name the file itself'],
  EMFILE: ['this process has too many files open', 'Raise the limit: ulimit -n 4096'],
  ENAMETOOLONG: ['the name is too long', 'Name a shorter path'],
  ENFILE: ['this machine has too many files open', 'Close other programs, then try again'],
  ENODEV: ['it is no file', 'Name a file'],
  ENOENT: ['it does not exist', 'Check the spelling, and the folder from which it counts'],
  ENOSPC: ['the disk is full', 'Make room on it, or name another disk'],
  ENOTDIR: ['a part of its path is a file, not a folder', 'Check the path'],
  ENOTEMPTY: ['the folder is not empty', 'Name another folder, or empty it'],
  ENXIO: ['it is no file', 'Name a file'],
  EPERM: ['the system does not allow it', 'Change its permissions, or name another path'],
  EROFS: ['the disk is read-only', 'Name a path on another disk'],
  ETXTBSY: ['it is a program that runs now', 'End that program, then try again'],
  ERR_FS_FILE_TOO_LARGE: ['it is larger than 2 GB', 'Name a smaller file'],
};

interface SystemFault extends Error {
  readonly code: string;
  readonly path?: unknown;
}

/** Whether an error is the operating system's refusal of a file or folder. */
export const isSystemFault = (error: unknown): error is SystemFault =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  Object.hasOwn(MEANINGS, error.code);

/** A path as it is shown: a long one by its two ends. */
export const shownPath = (path: string): string =>
  path.length <= 120 ? path : `${path.slice(0, 60)}…${path.slice(-50)}`;

/** Why the system refused, as half a sentence, and the cure: `it is a folder. Name a file.` */
export const systemReason = (error: unknown): string => {
  if (!isSystemFault(error)) return `${error instanceof Error ? error.message : String(error)}.`;
  const [meaning, cure] = MEANINGS[error.code]!;
  return `${meaning}. ${cure}.`;
};

export type FileAction = 'read' | 'write';

/** An error of the operating system as one that names the file, the reason and a cure. Codes: `no-file`, `write-failed`. */
export const fileError = (action: FileAction, path: string, cause: unknown): UnderstoryError =>
  cause instanceof UnderstoryError
    ? cause
    : new UnderstoryError(
        action === 'read' ? 'no-file' : 'write-failed',
        `Cannot ${action} ${shownPath(path)}: ${systemReason(cause)}`,
        { cause },
      );
