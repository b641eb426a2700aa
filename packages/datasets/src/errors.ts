import path from 'node:path';
import { counted, UnderstoryError } from '@understory/core';

/** Names in a list, shortened: `a.jpg, b.jpg and 12 more`. */
export const listed = (names: readonly string[], most = 10): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');

const NOTHING = 'there is nothing at this path';
const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: NOTHING,
  ENOTDIR: NOTHING,
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link that leads to itself',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
};

/** Why the system could not open something, in words. */
export const systemReason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return SYSTEM[code] ?? code;
};

/** The end of a long path, which tells more than its beginning, in one line. */
export const shortPath = (path: string, most = 60): string => {
  const line = path.replace(/[\0-\x1f\x7f]/g, '?');
  return line.length <= most ? line : `…${line.slice(1 - most)}`;
};

/** Folders or classes in a message, the first four. */
export const shortNames = (names: readonly string[]): string =>
  listed(
    names.map((name) => shortPath(name, 24)),
    4,
  );

/** Folders or classes in a message, in quotes, the first three. */
export const quotedNames = (names: readonly string[]): string =>
  listed(
    names.map((name) => JSON.stringify(shortPath(name, 20))),
    3,
  );

/** Longest path of a dataset in a message. */
const MAX_ROOT = 32;

/** A path that an option gave: from the current folder where that is shorter, as it is written or typed most often. */
const shownRoot = (root: string): string => {
  const relative = path.relative('', root);
  return shortPath(relative !== '' && relative.length < root.length ? relative : root, MAX_ROOT);
};

export const badArchive = (root: string, what: string): UnderstoryError =>
  new UnderstoryError('bad-archive', `Cannot read ${shownRoot(root)}: ${what}.`);

export const badDataset = (root: string, what: string): UnderstoryError =>
  new UnderstoryError('bad-dataset', `Cannot use ${shownRoot(root)} as a dataset: ${what}.`);

/** A dataset's file or folder that the system did not open. One that is not there is named whole: that tells from where its path counts. */
export const unopened = (root: string, error: unknown): UnderstoryError => {
  const reason = systemReason(error);
  const nothing =
    `there is nothing at ${shortPath(path.resolve(root), 120)}. ` +
    `Relative paths of a config count from its folder, a run's from "folder" in its config.json, others from the current one`;
  return badDataset(root, reason === NOTHING ? nothing : reason);
};

/** An image that cannot be read. */
export interface Fault {
  readonly path: string;
  readonly reason: string;
}

/** Longest list of faults in a message, and most names for one reason. */
const MAX_LIST = 220;
const MAX_NAMES = 3;

/** `a.jpg, b.jpg and 12 more: why; c.jpg: why`, one entry a reason, no longer than a message may be. */
const byReason = (faults: readonly Fault[]): string => {
  const groups = new Map<string, string[]>();
  for (const { path, reason } of faults) {
    const names = groups.get(reason);
    if (names) names.push(shortPath(path));
    else groups.set(reason, [shortPath(path)]);
  }
  let text = '';
  let told = 0;
  for (const [reason, names] of groups) {
    const entry = `${text ? '; ' : ''}${listed(names, MAX_NAMES)}: ${reason}`;
    if (text && text.length + entry.length > MAX_LIST) break;
    text += entry;
    told += names.length;
  }
  return told < faults.length ? `${text}; and ${faults.length - told} more` : text;
};

/** One message for any number of images that cannot be read; `isNoneLeft`: leaving them out, which may be done already, is no cure. */
export const badImages = (faults: readonly Fault[], isNoneLeft = false): UnderstoryError => {
  const skip = isNoneLeft
    ? ''
    : ', or set the dataset\'s option onBadImage to "skip", which leaves such images out and counts them';
  return new UnderstoryError(
    'bad-image',
    `${counted(faults.length, 'image')} cannot be read: ${byReason(faults)}. Repair or remove what is named${skip}.`,
  );
};
