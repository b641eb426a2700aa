/** Longest that the event loop is held, in ms. */
const TURN = 4;

/** When the present turn began, of all works together. */
let began = 0;
let last: Promise<void> = Promise.resolve();

const step = async <T>(work: Generator<void, T>): Promise<T> => {
  for (;;) {
    if (performance.now() - began >= TURN) {
      await new Promise((resolve) => setImmediate(resolve));
      began = performance.now();
    }
    const { done, value } = work.next();
    if (done) return value;
  }
};

/**
 * Runs work that pauses (`yield`) often, one after another, and gives the event loop a turn every few milliseconds:
 * several that took turns at once would add up.
 */
export const inTurns = async <T>(work: Generator<void, T>): Promise<T> => {
  const before = last;
  let release = (): void => undefined;
  last = new Promise((resolve) => {
    release = resolve;
  });
  await before;
  try {
    return await step(work);
  } finally {
    release();
  }
};

/** Runs work that could pause without a pause. */
export const atOnce = <T>(work: Generator<void, T>): T => {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
};
