import { turns } from '@understory/core';

/** Work that pauses where other work may have its turn. */
export type Work<T> = Generator<undefined, T>;

/** Does it in one go. */
export const atOnce = <T>(work: Work<T>): T => {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
};

/** Does it while signals, timers and files have their turns. */
export const inTurns = async <T>(work: Work<T>): Promise<T> => {
  const turn = turns();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await turn();
  }
};
