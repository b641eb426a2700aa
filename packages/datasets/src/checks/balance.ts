/** How evenly a split's samples lie in its classes. */
export interface ClassBalance {
  /** −Σ p log p of the shares of classes, in nats. */
  readonly entropy: number;
  /** Entropy over that of equal shares, 0…1; NaN where there is one class. */
  readonly evenness: number;
  /** e^entropy: as many classes of equal shares are as diverse. */
  readonly effective: number;
  /** The largest class over the smallest; infinity where a class has none. */
  readonly imbalance: number;
  /** Classes without a sample. */
  readonly absent: readonly number[];
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** Balance of classes by their counts; all numbers are NaN where there is no sample. */
export const classBalance = (counts: readonly number[]): ClassBalance => {
  const all = total(counts);
  const shares = counts.map((count) => count / all);
  const entropy = shares.reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0);
  const [most, least] = counts.reduce(
    ([high, low], count) => [Math.max(high, count), Math.min(low, count)],
    [0, Infinity],
  );
  return {
    entropy,
    evenness: counts.length > 1 ? entropy / Math.log(counts.length) : NaN,
    effective: Math.exp(entropy),
    imbalance: most / least,
    absent: counts.flatMap((count, c) => (count === 0 ? [c] : [])),
  };
};

/** ½ Σ |p − q| of two splits' shares of classes, 0 (alike) to 1; NaN where one has no sample. */
export const totalVariation = (a: readonly number[], b: readonly number[]): number => {
  const [allA, allB] = [total(a), total(b)];
  return a.reduce((sum, count, c) => sum + Math.abs(count / allA - (b[c] ?? 0) / allB), 0) / 2;
};
