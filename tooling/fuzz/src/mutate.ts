import type { Rng } from '@understory/core';

/** Whole numbers at which readers go wrong: zero, signs, the ends of 8, 16, 32, 53 and 64 bits. */
const EDGES = [
  0n,
  1n,
  127n,
  128n,
  255n,
  65535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 64n - 1n,
];
/** What text formats stumble over. */
const WORDS = [
  ...[
    'null',
    '-1',
    '1e999',
    '99999999999',
    '{',
    '}',
    '[',
    ']',
    '"',
    '*a',
    '&a',
    '<<:',
    '\0',
    '\n',
    '../',
    '/',
    '\\u0000',
  ],
  ...['__proto__', 'constructor', 'NaN', '%', '=', ':', ',', '!!js/function', '\ufeff', '💥'],
];
/** Most bytes of a mutated input: growth by repetition stays bounded. */
const MOST = 2 ** 20;

const upTo = (rng: Rng, most: number): number => (most <= 0 ? 0 : rng.integer(0, most - 1));
const pick = <T>(rng: Rng, list: readonly T[]): T => {
  const item = list[upTo(rng, list.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
};

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** A part of the bytes, mostly a short one. */
const range = (bytes: Uint8Array, rng: Rng): readonly [from: number, to: number] => {
  const from = upTo(rng, bytes.length);
  const length = rng.uniform() < 0.8 ? rng.integer(1, 16) : rng.integer(1, Math.max(1, bytes.length));
  return [from, Math.min(bytes.length, from + length)];
};

const replaced = (bytes: Uint8Array, [from, to]: readonly [number, number], by: Uint8Array): Uint8Array =>
  joined(bytes.subarray(0, from), by, bytes.subarray(to));

type Mutation = (bytes: Uint8Array, others: readonly Uint8Array[], rng: Rng) => Uint8Array;

const flipBit: Mutation = (bytes, _, rng) => {
  const out = bytes.slice();
  if (out.length > 0) out[upTo(rng, out.length)]! ^= 1 << upTo(rng, 8);
  return out;
};

const setByte: Mutation = (bytes, _, rng) => {
  const out = bytes.slice();
  if (out.length > 0) out[upTo(rng, out.length)] = upTo(rng, 256);
  return out;
};

/** Puts a telling number of 1, 2, 4 or 8 bytes somewhere, in either order of bytes. */
const setNumber: Mutation = (bytes, _, rng) => {
  const width = pick(rng, [1, 2, 4, 8]);
  const value = pick(rng, EDGES);
  const raw = Uint8Array.from({ length: width }, (_unused, i) => Number((value >> BigInt(8 * i)) & 255n));
  const at = upTo(rng, bytes.length);
  return replaced(bytes, [at, Math.min(bytes.length, at + width)], rng.uniform() < 0.5 ? raw : raw.reverse());
};

const cut: Mutation = (bytes, _, rng) => bytes.slice(0, upTo(rng, bytes.length + 1));
const drop: Mutation = (bytes, _, rng) => replaced(bytes, range(bytes, rng), new Uint8Array());

/** Repeats a part: a few times, or so often that what nests nests deep. */
const repeat: Mutation = (bytes, _, rng) => {
  const [from, to] = range(bytes, rng);
  const part = bytes.slice(from, to);
  if (part.length === 0) return bytes;
  const times = rng.uniform() < 0.9 ? rng.integer(2, 8) : rng.integer(100, 20_000);
  const room = Math.max(1, Math.floor((MOST - bytes.length) / part.length));
  return replaced(bytes, [from, to], joined(...Array.from({ length: Math.min(times, room) }, () => part)));
};

const splice: Mutation = (bytes, others, rng) => {
  const other = pick(rng, others);
  const [from, to] = range(other, rng);
  return replaced(bytes, range(bytes, rng), other.slice(from, to));
};

const insertWord: Mutation = (bytes, _, rng) => {
  const at = range(bytes, rng);
  return replaced(
    bytes,
    rng.uniform() < 0.5 ? [at[0], at[0]] : at,
    new TextEncoder().encode(pick(rng, WORDS)),
  );
};

/** Puts another number in place of one that is written in digits. */
const changeDigits: Mutation = (bytes, others, rng) => {
  const digits = Array.from(bytes.keys()).filter((i) => bytes[i]! >= 48 && bytes[i]! <= 57);
  if (digits.length === 0) return setNumber(bytes, others, rng);
  const at = pick(rng, digits);
  const text = rng.uniform() < 0.5 ? String(pick(rng, EDGES)) : String(-rng.integer(0, 1000));
  return replaced(bytes, [at, at + 1], new TextEncoder().encode(text));
};

const MUTATIONS = [flipBit, setByte, setNumber, cut, drop, repeat, splice, insertWord, changeDigits];

/** A sample with one to six things wrong with it; `others` are what parts are taken from. */
export const mutate = (sample: Uint8Array, others: readonly Uint8Array[], rng: Rng): Uint8Array => {
  let bytes = sample;
  for (let n = rng.integer(1, rng.integer(1, 6)); n > 0; n--)
    bytes = pick(rng, MUTATIONS)(bytes, others, rng);
  return bytes.slice(0, MOST);
};
