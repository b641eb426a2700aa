export { claimLock, lockOwner, withLock, type Lock, type LockOptions } from './lock.ts';
export type { Owner } from './process.ts';
export { errnoOf } from './lockFile.ts';
