/** Longest that the event loop is held, in ms. */
const TURN = 4;

/** Runs work that pauses (`yield`) often, and gives the event loop a turn every few milliseconds. */
export const inTurns = async <T>(work: Generator<void, T>): Promise<T> => {
  let began = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - began < TURN) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
};

/** Runs work that could pause without a pause. */
export const atOnce = <T>(work: Generator<void, T>): T => {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
};
