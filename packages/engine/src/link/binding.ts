import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { errnoOf } from '@understory/core/node';

/** What linking has done to one package, kept beside the binding until it is undone. */
interface LinkRecord {
  readonly tensorflow: string;
  /** SHA-256 of the binding that was put there. */
  readonly hash: string;
  /** The uppermost folder that had to be made for it. */
  readonly made: string | null;
}

const oldOf = (place: string): string => `${place}.before-understory`;
const recordOf = (place: string): string => `${place}.understory.json`;

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

const readRecord = (place: string): LinkRecord | null => {
  try {
    return JSON.parse(readFileSync(recordOf(place), 'utf8')) as LinkRecord;
  } catch {
    return null;
  }
};

/** The TensorFlow that a package runs on since it was linked; null where its binding is another one, or none. */
export const linkedVersion = (place: string): string | null => {
  const record = readRecord(place);
  return record && existsSync(place) && hashOf(place) === record.hash ? record.tensorflow : null;
};

const cannotWrite = (place: string, cause: unknown): UnderstoryError =>
  new UnderstoryError(
    'project-not-writable',
    `${path.dirname(place)} cannot be written (${errnoOf(cause)}). Make it writable, then try again.`,
    { cause },
  );

const writing = <T>(place: string, fn: () => T): T => {
  try {
    return fn();
  } catch (error) {
    rmSync(`${place}.new`, { force: true });
    throw errnoOf(error) ? cannotWrite(place, error) : error;
  }
};

const undo = (place: string, made: string | null): void => {
  const old = oldOf(place);
  if (existsSync(old)) renameSync(old, place);
  else rmSync(place, { force: true });
  rmSync(recordOf(place), { force: true });
  if (made === null) return;
  try {
    for (let folder = path.dirname(place); ; folder = path.dirname(folder)) {
      rmdirSync(folder);
      if (folder === made) return;
    }
  } catch {
    // Somebody has put something into a folder that linking made.
  }
};

/**
 * Puts `file` in the place of a package's binding while `check` approves of it, and what was there back where it does not. The
 * old binding stays beside it for `takeBinding`.
 */
export const putBinding = async (
  place: string,
  file: string,
  check: () => Promise<string>,
): Promise<string> => {
  const before = readRecord(place);
  const again = linkedVersion(place) !== null;
  const made = again
    ? (before?.made ?? null)
    : writing(place, () => mkdirSync(path.dirname(place), { recursive: true }) ?? null);
  writing(place, () => {
    copyFileSync(file, `${place}.new`);
    if (!again && existsSync(place)) renameSync(place, oldOf(place));
    renameSync(`${place}.new`, place); // a new file: the old one may be shared with other projects
  });
  try {
    const tensorflow = await check();
    const record: LinkRecord = { tensorflow, hash: hashOf(place), made };
    writing(place, () => writeFileSync(recordOf(place), `${JSON.stringify(record, null, 2)}\n`));
    return tensorflow;
  } catch (error) {
    undo(place, made);
    throw error;
  }
};

/** Takes the engine's binding out again and leaves the package as it was found; whether there was one. */
export const takeBinding = (place: string): boolean => {
  const record = readRecord(place);
  if (!record) return false;
  return writing(place, () => {
    if (linkedVersion(place) !== null || !existsSync(place)) {
      undo(place, record.made);
      return true;
    }
    // The package was installed anew since: its binding is its own.
    for (const file of [oldOf(place), recordOf(place)]) rmSync(file, { force: true });
    return false;
  });
};
