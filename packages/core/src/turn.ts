const later: (work: () => void) => unknown =
  typeof setImmediate === 'function' ? setImmediate : (work) => setTimeout(work);

/**
 * Lets the event loop do all that waits for it. Twice round: what came in while it was held up is seen at the second time,
 * where this is called from within a turn that looked already.
 */
export const turn = (): Promise<void> => new Promise((resolve) => void later(() => later(resolve)));

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
