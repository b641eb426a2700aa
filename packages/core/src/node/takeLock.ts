import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '../errors.ts';
import { claimsOf, putClaim, readLock, type Claim, type LockFile } from './lockFile.ts';
import { lifeOf, type Owner } from './process.ts';

/** Whether an owner that cannot be asked, on another machine, is to count as gone. */
export type IsSilent = (owner: Owner, touched: number) => boolean;

/** What a try to take a lock came to: it is ours, another one's, or things moved meanwhile and it is to be tried again. */
export type Taken = 'ours' | 'again' | Owner;

/** How long a lock may be blank where it cannot be put in its place as a whole, in ms. */
const BLANK = 1_000;

const isDead = ({ owner, touched, blank }: LockFile, isSilent: IsSilent): boolean => {
  if (!owner) return !blank || Math.abs(Date.now() - touched) > BLANK; // what is half written is nobody's
  const life = lifeOf(owner);
  return life === 'dead' || (life === 'unknown' && isSilent(owner, touched));
};

const heirsOf = (file: string): string => `${file}.after-`;

const goesRound = (place: string): UnderstoryError =>
  new UnderstoryError('lock-broken', `${place} names itself as its successor. Remove it.`);

interface Seen {
  readonly place: string;
  readonly identity: string;
}

/**
 * Follows a lock to whoever holds it: a dead owner's heir is named after that owner, since a name can be taken once.
 * Tries `take` at every place, gives the dead ones before it, and the live owner where there is one.
 */
const follow = (
  file: string,
  isSilent: IsSilent,
  take: (place: string) => boolean,
): { readonly dead: readonly Seen[]; readonly end: LockFile | 'taken' | 'gone'; readonly place: string } => {
  const dead: Seen[] = [];
  for (let place = file; ;) {
    if (take(place)) return { dead, end: 'taken', place };
    const there = readLock(place);
    if (!there || !isDead(there, isSilent)) return { dead, end: there ?? 'gone', place };
    if (dead.some((seen) => seen.place === place)) throw goesRound(place);
    dead.push({ place, identity: there.identity });
    place = heirsOf(file) + there.identity;
  }
};

/** Who holds a lock now, if anybody does. */
export const ownerOf = (file: string, isSilent: IsSilent): Owner | undefined => {
  const { end } = follow(file, isSilent, () => false);
  return typeof end === 'object' ? end.owner : undefined;
};

/**
 * Tries once to take a lock. Nobody ever removes another's live lock: of those who find an owner dead, the one that
 * links its claim to that owner's heir, and then still finds the dead where they were, has it. Only that one may replace
 * the lock itself, so a stale look at it cannot succeed; an heir that dies on the way has heirs of its own.
 */
export const takeLock = (file: string, claim: Claim, isSilent: IsSilent): Taken => {
  const { dead, end, place } = follow(file, isSilent, (at) => putClaim(claim, at));
  if (end === 'gone') return 'again';
  if (end !== 'taken') return end.owner ?? 'again';
  if (dead.some((seen) => readLock(seen.place)?.identity !== seen.identity)) {
    rmSync(place, { force: true });
    return 'again';
  }
  if (dead.length > 0) {
    renameSync(claim.file, file);
    for (const heir of [place, ...dead.slice(1).map((seen) => seen.place)]) rmSync(heir, { force: true });
  } else rmSync(claim.file, { force: true });
  return 'ours';
};

const OLD = 60_000;

/** Removes what killed processes left beside the lock. */
export const sweep = (file: string, { now, token }: Claim): void => {
  const kinds = [claimsOf(file), heirsOf(file)].map((beginning) => path.basename(beginning));
  for (const name of readdirSync(path.dirname(file))) {
    if (!kinds.some((kind) => name.startsWith(kind)) || name.endsWith(token)) continue;
    const left = path.join(path.dirname(file), name);
    const stat = statSync(left, { throwIfNoEntry: false });
    if (stat?.isFile() && now - stat.mtimeMs > OLD) rmSync(left, { force: true });
  }
};
