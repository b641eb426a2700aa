/** Results of the last few arguments: all pictures of a dataset have the same ones. */
const KEPT = 8;

/** A function of numbers that keeps what it gave for the last few of them. */
export const recently = <N extends readonly number[], T>(
  work: (...numbers: N) => T,
): ((...numbers: N) => T) => {
  const kept = new Map<string, T>();
  return (...numbers) => {
    const key = numbers.join();
    const known = kept.get(key);
    if (known !== undefined) return known;
    const [oldest] = kept.keys();
    if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
    const made = work(...numbers);
    kept.set(key, made);
    return made;
  };
};
