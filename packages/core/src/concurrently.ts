/**
 * Does `work` for each item, at most `limit` at a time, and gives the results in order. After the first error nothing more
 * is begun; it is thrown when what still ran has ended.
 */
export const concurrently = async <T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, i: number) => Promise<R>,
): Promise<R[]> => {
  const results = new Array<R>(items.length);
  const errors: unknown[] = [];
  const rest = items.entries(); // shared: each worker goes on with the next
  const worker = async (): Promise<void> => {
    for (const [i, item] of rest) {
      try {
        results[i] = await work(item, i);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return results;
};
