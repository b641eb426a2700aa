import { turns } from '@understory/core';
import type { PictureHashes } from './perceptualHash.ts';

/** Hashes of many pictures. */
export interface HashTable {
  readonly length: number;
  /** dHash high and low, pHash high and low: [n, 4]. */
  readonly words: Int32Array;
  /** 1 where a picture has hashes at all. */
  readonly known: Uint8Array;
  set(position: number, hashes: PictureHashes): void;
}

/** Two pictures that may be near duplicates, and in how many bits they differ. */
export interface Candidate {
  readonly a: number;
  readonly b: number;
  readonly dHash: number;
  readonly pHash: number;
}

/** Most bits in which candidates differ, in one of the two hashes. */
export const NEAR = { pHash: 8, dHash: 6 } as const;
/** Candidates of one comparison that are kept; more are counted. */
const MOST = 200_000;

const WORDS = 4;

/** A table for so many pictures, none of which has hashes yet. */
export const hashTable = (length: number): HashTable => {
  const words = new Int32Array(length * WORDS);
  const known = new Uint8Array(length);
  return {
    ...{ length, words, known },
    set: (position, hashes) => {
      words.set([...hashes.dHash, ...hashes.pHash], position * WORDS);
      known[position] = 1;
    },
  };
};

/** Bits that are 1 among 32. */
const popcount = (bits: number): number => {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

interface Found {
  readonly candidates: Candidate[];
  dropped: number;
}

const isNear = (d: number, p: number): boolean => p <= NEAR.pHash || d <= NEAR.dHash;

/** Compares picture `i` of `a` with all of `b`. Half a hash that differs too much spares the other half. */
const compareOne = (a: HashTable, i: number, b: HashTable, found: Found): void => {
  const [d0 = 0, d1 = 0, p0 = 0, p1 = 0] = a.words.subarray(i * WORDS, i * WORDS + WORDS);
  const { words, known } = b;
  for (let j = 0, at = 0; j < b.length; j++, at += WORDS) {
    const [dHalf, pHalf] = [popcount(d0 ^ words[at]!), popcount(p0 ^ words[at + 2]!)];
    if (dHalf > NEAR.dHash && pHalf > NEAR.pHash) continue;
    const d = dHalf + popcount(d1 ^ words[at + 1]!);
    const p = pHalf + popcount(p1 ^ words[at + 3]!);
    if (!isNear(d, p) || known[j] === 0) continue;
    if (found.candidates.length < MOST) found.candidates.push({ a: i, b: j, dHash: d, pHash: p });
    else found.dropped++;
  }
};

export interface NearPairs {
  readonly candidates: readonly Candidate[];
  /** More of them than are kept. */
  readonly dropped: number;
}

/**
 * All pairs of a picture of `a` and one of `b` whose hashes are near: 5·10⁸ comparisons take some seconds, in turns of the
 * event loop.
 */
export const nearPairs = async (
  a: HashTable,
  b: HashTable,
  onProgress?: (done: number) => void,
): Promise<NearPairs> => {
  const found: Found = { candidates: [], dropped: 0 };
  const pause = turns();
  for (let i = 0; i < a.length; i++) {
    if (a.known[i] === 1) compareOne(a, i, b, found);
    onProgress?.(i + 1);
    await pause();
  }
  return found;
};
