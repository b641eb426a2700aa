import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ownAddon } from '../graph/native.ts';

let collect: (() => void) | undefined;

const collector = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  return typeof found === 'function' ? (found as () => void) : () => undefined;
};

/**
 * Gives the system back what JavaScript and the C library's heap no longer need, at once (30 to 60 ms). V8 knows little of the
 * memory behind typed arrays: hundreds of MB of first weights would lie beside TensorFlow's own until long after the
 * first step, which is the one that needs the room.
 */
export const freeMemory = (): void => {
  collect ??= collector();
  collect();
  ownAddon().trimMemory();
};
