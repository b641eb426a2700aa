import { turns } from '@understory/core';

/** Long arithmetic in pieces: it stops after each, so that others may have a turn, and gives its result at the end. */
export type Work<T> = Generator<void, T, void>;

/** Does all of it at once. */
export const finish = <T>(work: Work<T>): T => {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
};

/** Does all of it, and lets the event loop do other things between pieces once a turn has been long. */
export const inTurns = async <T>(work: Work<T>): Promise<T> => {
  const pause = turns();
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await pause();
  }
};
