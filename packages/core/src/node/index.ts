export { claimLock, lockOwner, withLock, type Lock, type LockOptions } from './lock.ts';
export type { Owner } from './process.ts';
export { errnoOf } from './lockFile.ts';
export { encodePng } from './png.ts';
export { spriteSheet, thumbnail } from './pictures.ts';
