import { turn } from './turn.ts';

/** Work of one turn of the event loop, in ms: short beside the 50 that a turn may take. */
const WORK = 15;

/** Gives a function to await between pieces of long work: it lets other things happen once a turn has been long. */
export const turns = (): (() => Promise<void> | undefined) => {
  let began = performance.now();
  return () => {
    if (performance.now() - began < WORK) return undefined;
    return turn().then(() => void (began = performance.now()));
  };
};
