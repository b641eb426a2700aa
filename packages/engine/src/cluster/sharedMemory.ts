import { randomUUID } from 'node:crypto';
import { openSync, unlinkSync } from 'node:fs';
import { UnderstoryError } from '@understory/core';

/** Environment variable that says how workers of one machine sum. */
const HOW = 'UNDERSTORY_SUMS';
const WAYS = ['shared', 'ring'];

const isWanted = (): boolean => {
  const { [HOW]: how = 'shared' } = process.env;
  if (how === '' || WAYS.includes(how)) return how !== 'ring';
  throw new UnderstoryError(
    'bad-environment',
    `${HOW} is "${how.slice(0, 40)}", and workers of one machine sum through memory that they share (shared) or by ` +
      'TensorFlow’s ring (ring). Name one of these, or leave it out.',
  );
};

/**
 * Memory for the sums of workers that this process starts on this machine: a descriptor to hand on to all of them, and to close
 * then. Its file has no name any more, so it is gone with the last of them, however they end. Undefined where the system
 * has none, and where `UNDERSTORY_SUMS=ring` asks for TensorFlow's ring. Errors: `bad-environment`.
 */
export const shareMemory = (): number | undefined => {
  if (!isWanted() || process.platform !== 'linux') return undefined;
  const file = `/dev/shm/understory-${randomUUID()}`;
  try {
    const descriptor = openSync(file, 'wx+', 0o600);
    unlinkSync(file);
    return descriptor;
  } catch {
    return undefined; // no such folder, or none that may be written
  }
};
