/** Two 32-bit words: 64 bits together, no cryptography. The same text gives the same words on every machine. */
export type Words = readonly [number, number];

/** Takes a 32-bit word into a 32-bit hash: a multiply-add and the finaliser of MurmurHash3. */
const mix = (hash: number, word: number): number => {
  let h = Math.imul(hash ^ word, 0x9e3779b1) + 0x7f4a7c15;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
};

/** A text's hash. */
export const nameHash = (text: string): Words => {
  let [a, b] = [mix(0x243f6a88, text.length), mix(0x13198a2e, text.length)];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 13;
  }
  return [mix(a, 0x1b873593), mix(b, 0x0c9e2d51)];
};

/** Takes further words into a hash: their order counts. */
export const chain = ([a, b]: Words, [x, y]: Words): Words => [mix(a, x), mix(b, y)];

/** Adds words to a hash: their order does not count, and a name that comes twice counts twice. */
export const addWords = ([a, b]: Words, [x, y]: Words): Words => [(a + x) | 0, (b + y) | 0];

/** Sixteen hexadecimal digits. */
export const hexOf = (words: Words): string =>
  words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
