import { seedOf, type Rng } from '../random.ts';

/** Whole numbers at which readers go wrong: zero, signs, the ends of 8, 16, 31, 32, 53, 63 and 64 bits. */
const EDGES = [0n, 1n, 127n, 128n, 255n, 65535n].concat(
  [31n, 32n, 53n, 63n, 64n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]),
);
/** What text formats stumble over. */
const WORDS = [
  ...['null', '-1', '1e999', '99999999999', '{', '}', '[', ']', '"', '*a', '&a', '<<:', '\0', '\n', '../'],
  ...['__proto__', 'constructor', 'NaN', '%', '=', ':', ',', '/', '!!js/function', '\\u0000', '\ufeff', '💥'],
];
/** Most bytes of a damaged file: growth by repetition stays bounded. */
const MOST = 2 ** 20;

const pick = <T>(list: readonly T[], rng: Rng): T => {
  const item = list[rng.integer(0, Math.max(0, list.length - 1))];
  if (item === undefined) throw new RangeError('There is nothing to pick from.');
  return item;
};
const ofText = (text: string): Uint8Array => new TextEncoder().encode(text);

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** A place in the bytes; half of the time near their beginning or end, where headers are. */
const placeIn = ({ length }: Uint8Array, rng: Rng): number => {
  const last = Math.max(0, length - 1);
  const near = Math.min(last, 512);
  const draw = rng.uniform();
  if (draw < 0.25) return rng.integer(0, near);
  return draw < 0.5 ? rng.integer(last - near, last) : rng.integer(0, last);
};

/** A part of the bytes, mostly a short one: from, to. */
const partOf = (bytes: Uint8Array, rng: Rng): readonly [number, number] => {
  const from = placeIn(bytes, rng);
  const length = rng.uniform() < 0.8 ? rng.integer(1, 64) : rng.integer(1, Math.max(1, bytes.length));
  return [from, Math.min(bytes.length, from + length)];
};

/** The bytes with others in place of a part. */
const replaced = (bytes: Uint8Array, [from, to]: readonly [number, number], by: Uint8Array): Uint8Array =>
  joined([bytes.subarray(0, from), by, bytes.subarray(to)]);

/** `by` over what stands there. */
const overwritten = (bytes: Uint8Array, at: number, by: Uint8Array): Uint8Array =>
  replaced(bytes, [at, Math.min(bytes.length, at + by.length)], by);

type Damage = (bytes: Uint8Array, other: Uint8Array, rng: Rng) => Uint8Array;

const flipBit: Damage = (bytes, _, rng) => {
  const at = placeIn(bytes, rng);
  return overwritten(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << rng.integer(0, 7))));
};

const setByte: Damage = (bytes, _, rng) =>
  overwritten(bytes, placeIn(bytes, rng), Uint8Array.of(rng.integer(0, 255)));

/** A telling number of 1, 2, 4 or 8 bytes, in either order of bytes. */
const setNumber: Damage = (bytes, _, rng) => {
  const value = pick(EDGES, rng);
  const raw = Uint8Array.from({ length: pick([1, 2, 4, 8], rng) }, (_unused, i) =>
    Number((value >> BigInt(8 * i)) & 255n),
  );
  return overwritten(bytes, placeIn(bytes, rng), rng.uniform() < 0.5 ? raw : raw.reverse());
};

/** Another number in place of a digit. */
const setDigits: Damage = (bytes, _, rng) => {
  const begin = placeIn(bytes, rng);
  const at = bytes.subarray(begin).findIndex((byte) => byte >= 48 && byte <= 57);
  if (at < 0) return bytes;
  const text = rng.uniform() < 0.5 ? pick(EDGES, rng) : -rng.integer(0, 1000);
  return replaced(bytes, [begin + at, begin + at + 1], ofText(String(text)));
};

const cutEnd: Damage = (bytes, _, rng) => bytes.subarray(0, placeIn(bytes, rng));
const cutBeginning: Damage = (bytes, _, rng) => bytes.subarray(placeIn(bytes, rng));
const drop: Damage = (bytes, _, rng) => replaced(bytes, partOf(bytes, rng), new Uint8Array());

/** A part several times: a few, or so often that what nests nests deep. */
const repeat: Damage = (bytes, _, rng) => {
  const part = partOf(bytes, rng);
  const piece = bytes.subarray(...part);
  if (piece.length === 0) return bytes;
  const times = rng.uniform() < 0.9 ? rng.integer(2, 8) : rng.integer(100, 20_000);
  const room = Math.max(1, Math.floor((MOST - bytes.length) / piece.length));
  return replaced(bytes, part, joined(Array.from({ length: Math.min(times, room) }, () => piece)));
};

const splice: Damage = (bytes, other, rng) =>
  replaced(bytes, partOf(bytes, rng), other.subarray(...partOf(other, rng)));
const otherEnd: Damage = (bytes, other, rng) =>
  joined([bytes.subarray(0, placeIn(bytes, rng)), other.subarray(placeIn(other, rng))]);
const moved: Damage = (bytes, _, rng) =>
  overwritten(bytes, placeIn(bytes, rng), bytes.subarray(...partOf(bytes, rng)));

const word: Damage = (bytes, _, rng) => {
  const [from, to] = partOf(bytes, rng);
  return replaced(bytes, [from, rng.uniform() < 0.5 ? from : to], ofText(pick(WORDS, rng)));
};

const DAMAGES: readonly Damage[] = [
  ...[flipBit, setByte, setNumber, setDigits, cutEnd, cutBeginning],
  ...[drop, repeat, splice, otherEnd, moved, word],
];

/**
 * One of `files`, damaged in one to six ways, at most 1 MB; the same number gives the same bytes. For tests that a reader
 * of these files takes or refuses whatever it is given.
 */
export const damaged = (files: readonly Uint8Array[], number: number): Uint8Array => {
  const rng = seedOf(number).at('damaged').rng();
  let bytes = pick(files, rng);
  for (let left = rng.integer(1, rng.integer(1, 6)); left > 0; left--)
    bytes = pick(DAMAGES, rng)(bytes, pick(files, rng), rng).subarray(0, MOST);
  return Uint8Array.from(bytes);
};
