import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs';
import { UnderstoryError } from '../errors.ts';
import { parseOwner, thisProcess, type Owner } from './process.ts';

/** A lock's file as it was at one moment. */
export interface LockFile {
  /** Undefined where the file holds something else: half a lock, or no lock at all. */
  readonly owner: Owner | undefined;
  /** Two files of the same name that differ in it are two claims. Fit for a file's name. */
  readonly identity: string;
  /** When its owner last touched it, in ms of the file system's clock. */
  readonly touched: number;
  /** Nothing is written in it. */
  readonly blank: boolean;
}

/** A lock is a line of a few hundred bytes. */
const LONGEST = 4096;

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What `look` gives; undefined where there is no such file. */
const orGone = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const beginning = (file: string): string => {
  const bytes = Buffer.alloc(LONGEST);
  const at = openSync(file, 'r');
  try {
    return bytes.toString('utf8', 0, readSync(at, bytes));
  } finally {
    closeSync(at);
  }
};

const identityOf = (text: string, owner: Owner | undefined, { ino, mtimeNs }: BigIntStats): string => {
  if (owner && /^[\w-]{8,64}$/.test(owner.token)) return owner.token;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return owner ? hash : `${hash}-${ino}-${mtimeNs}`; // garbage is not touched by anybody
};

/** Reads a lock; undefined where there is none. Errors: `lock-broken`, where no file can be put in its place. */
export const readLock = (file: string): LockFile | undefined =>
  orGone(() => {
    const stat = lstatSync(file, { bigint: true });
    if (!stat.isFile()) {
      const what = stat.isDirectory() ? 'a folder' : 'no file';
      throw new UnderstoryError('lock-broken', `${file} is ${what}, where a lock should be. Remove it.`);
    }
    const text = stat.size < LONGEST ? beginning(file) : '';
    const owner = parseOwner(text);
    const identity = identityOf(text, owner, stat);
    return { owner, identity, touched: Number(stat.mtimeMs), blank: stat.size === 0n };
  });

/** A claim that lies ready under a name of its own, to be linked into place as a whole. */
export interface Claim {
  readonly token: string;
  readonly file: string;
  /** When it was written, in ms of the file system's clock, which may differ from this machine's. */
  readonly now: number;
}

/** What the names of `file`'s claims begin with. */
export const claimsOf = (file: string): string => `${file}.claim-`;

/** Writes a claim of this process beside the lock. Errors: those of the file system. */
export const writeClaim = (file: string): Claim => {
  const token = randomUUID();
  const claim = `${claimsOf(file)}${token}`;
  try {
    writeFileSync(claim, `${JSON.stringify(thisProcess(token))}\n`, { flag: 'wx', mode: 0o644 });
    return { token, file: claim, now: statSync(claim).mtimeMs };
  } catch (error) {
    rmSync(claim, { force: true }); // half of it may be there, where the disk is full
    throw error;
  }
};

/** File systems without hard links say so in one of these ways. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES']);

/** Puts the claim in a place that is free, whole from the first moment; false where it is taken. */
export const putClaim = ({ file, token }: Claim, place: string): boolean => {
  try {
    linkSync(file, place);
    return true;
  } catch (error) {
    const code = errnoOf(error) ?? '';
    // A file server's answer may be lost on the way, and the second try then finds the first one's link.
    if (code === 'EEXIST') return statSync(file).nlink === 2 && readLock(place)?.owner?.token === token;
    if (NO_LINKS.has(code)) return writeInto(place, token);
    throw error;
  }
};

/** Where there are no links, the place is taken at once and filled a moment later. */
const writeInto = (place: string, token: string): boolean => {
  try {
    writeFileSync(place, `${JSON.stringify(thisProcess(token))}\n`, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
};
