/** Lets many work at once, or one alone. */
export interface SharedLock {
  shared<T>(work: () => Promise<T>): Promise<T>;
  /** Waits until all others are done, and keeps new ones waiting. Not to be called from inside `shared`. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

export const sharedLock = (): SharedLock => {
  let running = 0;
  let whenIdle: (() => void) | undefined;
  let barrier: Promise<void> | undefined;
  const idle = (): Promise<void> =>
    running === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          whenIdle = resolve;
        });
  return {
    async shared(work) {
      while (barrier) await barrier;
      running++;
      try {
        return await work();
      } finally {
        if (--running === 0) whenIdle?.();
      }
    },
    async exclusive(work) {
      const before = barrier;
      let release = (): void => undefined;
      const mine = new Promise<void>((resolve) => {
        release = resolve;
      });
      barrier = mine;
      await before;
      await idle();
      try {
        return await work();
      } finally {
        if (barrier === mine) barrier = undefined;
        release();
      }
    },
  };
};
