/**
 * Does `work` for 0 … n − 1, at most `limit` at a time, without a list of them. After the first error nothing more is begun; it
 * is thrown when what still ran has ended.
 */
export const inPool = async (n: number, limit: number, work: (i: number) => Promise<void>): Promise<void> => {
  const errors: unknown[] = [];
  let next = 0; // shared: each worker goes on with the next
  const worker = async (): Promise<void> => {
    while (next < n && errors.length === 0) {
      try {
        await work(next++);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, n) }, worker));
  if (errors.length > 0) throw errors[0];
};

/** Does `work` for each item as `inPool` does, and gives the results in order. */
export const concurrently = async <T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, i: number) => Promise<R>,
): Promise<R[]> => {
  const results = new Array<R>(items.length);
  await inPool(items.length, limit, async (i) => {
    results[i] = await work(items[i] as T, i); // i < items.length
  });
  return results;
};

/** Does each piece of work when all that were given before it have ended; one that fails holds up none. */
export const oneByOne = (): (<T>(work: () => T | Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined); // `turn`, which is returned, tells the error; what comes next only waits
    return turn;
  };
};
