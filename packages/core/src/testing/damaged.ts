import { seedOf, type Rng } from '../random.ts';

type Damage = (bytes: Uint8Array, rng: Rng, other: Uint8Array) => Uint8Array;

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(parts.flatMap((part) => Array.from(part)));
/** A place in the bytes; half of the time near their beginning or end, where headers are. */
const placeIn = (bytes: Uint8Array, rng: Rng): number => {
  const last = Math.max(0, bytes.length - 1);
  const near = Math.min(last, 512);
  const draw = rng.uniform();
  if (draw < 0.25) return rng.integer(0, near);
  return draw < 0.5 ? rng.integer(last - near, last) : rng.integer(0, last);
};
/** A piece of up to 64 bytes. */
const pieceOf = (bytes: Uint8Array, rng: Rng): Uint8Array => {
  const from = placeIn(bytes, rng);
  return bytes.subarray(from, from + rng.integer(1, 64));
};
const put = (bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array => {
  const out = Uint8Array.from(bytes);
  values.forEach((value, i) => at + i < out.length && (out[at + i] = value));
  return out;
};

/** Numbers that headers are tried with: none, all bits, the largest of each sign. */
const EXTREMES = [
  [0, 0, 0, 0],
  [255, 255, 255, 255],
  [255, 255, 255, 127],
  [0, 0, 0, 128],
  [255, 255, 255, 255, 255, 255, 255, 127],
] as const;

/** What happens to files: bits that flip, ends that are missing, parts twice, swapped, or of another file. */
const DAMAGES: readonly Damage[] = [
  (bytes, rng) => put(bytes, placeIn(bytes, rng), [rng.integer(0, 255)]),
  (bytes, rng) => {
    const at = placeIn(bytes, rng);
    return put(bytes, at, [(bytes[at] ?? 0) ^ (1 << rng.integer(0, 7))]);
  },
  (bytes, rng) => put(bytes, placeIn(bytes, rng), EXTREMES[rng.integer(0, EXTREMES.length - 1)]!),
  (bytes, rng) => bytes.subarray(0, placeIn(bytes, rng)),
  (bytes, rng) => bytes.subarray(placeIn(bytes, rng)),
  (bytes, rng) => {
    const at = placeIn(bytes, rng);
    return joined(bytes.subarray(0, at), pieceOf(bytes, rng), bytes.subarray(at));
  },
  (bytes, rng) => {
    const at = placeIn(bytes, rng);
    return joined(bytes.subarray(0, at), bytes.subarray(at + rng.integer(1, 64)));
  },
  (bytes, rng, other) => {
    const at = placeIn(bytes, rng);
    return joined(bytes.subarray(0, at), pieceOf(other, rng), bytes.subarray(at));
  },
  (bytes, rng, other) => joined(bytes.subarray(0, placeIn(bytes, rng)), other.subarray(placeIn(other, rng))),
  (bytes, rng) => put(bytes, placeIn(bytes, rng), Array.from(pieceOf(bytes, rng))),
];

/**
 * One of `files`, damaged in one to four ways; the same number gives the same bytes. For tests that a reader of these
 * files takes or refuses whatever it is given.
 */
export const damaged = (files: readonly Uint8Array[], number: number): Uint8Array => {
  const rng = seedOf(number).at('damaged').rng();
  const pick = (): Uint8Array => files[rng.integer(0, files.length - 1)]!;
  let bytes = pick();
  for (let left = rng.integer(1, 4); left > 0; left--)
    bytes = DAMAGES[rng.integer(0, DAMAGES.length - 1)]!(bytes, rng, pick());
  return Uint8Array.from(bytes);
};
