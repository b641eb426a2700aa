/** Calls `work` for 0 … n−1, at most `limit` at a time, and gives the results in order. The first error ends it. */
export const concurrently = async <T>(
  n: number,
  limit: number,
  work: (i: number) => Promise<T>,
): Promise<T[]> => {
  const results = new Array<T>(n);
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < n && !failed) {
      const i = next++;
      try {
        results[i] = await work(i);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, n) }, worker));
  return results;
};
