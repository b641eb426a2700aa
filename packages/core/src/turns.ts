/** Work of one turn of the event loop, in ms: short beside the 50 that a turn may take. */
const TURN = 15;

/** Lets whatever else is due happen before going on. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Gives a function to await between pieces of long work: it lets other things happen once a turn has been long. */
export const turns = (): (() => Promise<void> | undefined) => {
  let began = performance.now();
  return () => {
    if (performance.now() - began < TURN) return undefined;
    return breathe().then(() => void (began = performance.now()));
  };
};
