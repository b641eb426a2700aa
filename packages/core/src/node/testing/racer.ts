// A process that races for locks: told a file and a moment, it tries at that moment and answers what it got.
import { claimLock, type Lock } from '../index.ts';

export interface Round {
  readonly file: string;
  /** `Date.now()` of the start. */
  readonly at: number;
}

const held = new Map<string, Lock>();

const race = ({ file, at }: Round): string => {
  while (Date.now() < at); // all start in the same millisecond
  try {
    const taken = claimLock(file);
    if (!('release' in taken)) return 'lost';
    held.set(file, taken);
    return 'won';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

process.on('message', (message: Round | { readonly release: string }) => {
  if ('release' in message) held.get(message.release)?.release();
  process.send!('release' in message ? 'released' : race(message));
});
process.on('disconnect', () => process.exit());
process.send!('ready');
