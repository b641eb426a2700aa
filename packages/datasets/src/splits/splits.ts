import {
  permutation,
  positionsByClass,
  seedOf,
  sortedPositions,
  UnderstoryError,
  type Rng,
} from '@understory/core';

/** Everything that the runs of all seeds must share is drawn from here. */
export const FIXED_SEED = seedOf(0);

export interface HeldOut {
  readonly kept: Int32Array;
  readonly held: Int32Array;
}

/** Splits off a share of every class by chance; a class keeps one sample at least. Positions ascend. */
export const holdOut = (labels: ArrayLike<number>, share: number, rng: Rng): HeldOut => {
  const kept: Int32Array[] = [];
  const held: Int32Array[] = [];
  for (const members of positionsByClass(labels)) {
    const out = Math.min(Math.round(members.length * share), Math.max(0, members.length - 1));
    const order = permutation(members.length, rng).map((m) => members[m]!);
    held.push(order.subarray(0, out));
    kept.push(order.subarray(out));
  }
  return { kept: sortedPositions(kept), held: sortedPositions(held) };
};

/** 0 … n−1 in the order of their hashes of 32 bits; those of one hash in their own. */
const rankedBy = (n: number, hashAt: (i: number) => number): Int32Array => {
  // Hash and place in one number, whose order is that of both: so it sorts without a function. 53 bits hold them.
  if (n > 2 ** 21) {
    const hashes = Uint32Array.from({ length: n }, (_, i) => hashAt(i));
    return Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => hashes[a]! - hashes[b]! || a - b);
  }
  const both = new Float64Array(n);
  for (let i = 0; i < n; i++) both[i] = hashAt(i) * 2 ** 21 + i;
  return Int32Array.from(both.sort(), (value) => value % 2 ** 21);
};

/** `heldByHash` of keys that are made when they are asked for: a million of them are not held at once. Ascending. */
export const heldPositions = (
  keyAt: (position: number) => string,
  labels: ArrayLike<number>,
  share: number,
): Int32Array => {
  const hash = FIXED_SEED.at('test');
  const chosen = positionsByClass(labels).map((members) => {
    const out = Math.min(Math.round(members.length * share), Math.max(0, members.length - 1));
    if (out === 0) return new Int32Array();
    const order = rankedBy(members.length, (i) => hash.at(keyAt(members[i]!)).value);
    return order.subarray(0, out).map((i) => members[i]!);
  });
  return sortedPositions(chosen);
};

/**
 * Holds a share of each class out for testing: the samples whose keys hash lowest. No seed decides it, so that every
 * run is tested on the same ones, and samples that join later move few. Gives their positions.
 */
export const heldByHash = (keys: readonly string[], labels: ArrayLike<number>, share: number): Set<number> =>
  new Set(heldPositions((position) => keys[position]!, labels, share));

/** How much to draw: a share of each class (in (0, 1], one sample a class at least), or so many samples in all. */
export type Amount = { readonly fraction: number } | { readonly count: number };

/** Shares `count` out as evenly as the groups' sizes allow; small groups give all they have. */
const evenShares = (sizes: readonly number[], count: number): number[] => {
  const shares = sizes.map(() => 0);
  let left = Math.min(
    count,
    sizes.reduce((a, b) => a + b, 0),
  );
  while (left > 0) {
    const open = shares.flatMap((share, i) => (share < sizes[i]! ? [i] : []));
    const each = Math.max(1, Math.floor(left / open.length));
    for (const i of open) {
      const more = Math.min(each, sizes[i]! - shares[i]!, left);
      shares[i]! += more;
      left -= more;
    }
  }
  return shares;
};

const shareOf = (sizes: readonly number[], amount: Amount): number[] => {
  if ('count' in amount && Number.isInteger(amount.count) && amount.count >= 0)
    return evenShares(sizes, amount.count);
  if ('fraction' in amount && amount.fraction > 0 && amount.fraction <= 1) {
    return sizes.map((size) => Math.min(size, Math.max(1, Math.round(size * amount.fraction))));
  }
  throw new UnderstoryError(
    'bad-amount',
    `Cannot draw ${JSON.stringify(amount)} of the samples. Give { fraction } above 0 and up to 1, or { count } as a whole number.`,
  );
};

/** Draws positions evenly from all classes, ascending. The same stream draws the same ones. Errors: `bad-amount`. */
export const balancedPositions = (labels: ArrayLike<number>, amount: Amount, rng: Rng): Int32Array => {
  const groups = positionsByClass(labels);
  const shares = shareOf(
    groups.map((g) => g.length),
    amount,
  );
  const drawn = groups.map((members, label) =>
    permutation(members.length, rng)
      .subarray(0, shares[label])
      .map((m) => members[m]!),
  );
  return sortedPositions(drawn);
};
