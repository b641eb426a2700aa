import {
  add,
  cast,
  floorDiv,
  mod,
  mul,
  range,
  reshape,
  scalar,
  split,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { seedOf } from '../random.ts';

const HALF = 4096; // 12 bits
const FACTOR = 1381;
const CONSTANTS = [0x5a3, 0xc1d, 0x2e7, 0x91b, 0xe45, 0x739, 0x3cd, 0xb0f, 0x6a1, 0xf57, 0x18b, 0x8d3];
// Which pieces of the seed and the place are the two keys of a round: in five rounds all of them, then all again.
const ROUNDS = 'af sb gt xh fs bg ta hc sb fg'.split(' ');

const int = (value: number): Scalar => scalar(value, 'int32');
const low = (x: Tensor): Tensor => mod(x, int(HALF));
const high = (x: Tensor, bits: number): Tensor => floorDiv(x, int(2 ** bits));
const pieces = (x: Tensor): [Tensor, Tensor, Tensor] => [low(x), low(high(x, 12)), low(high(x, 24))];

/** Keys of 12 bits, [1] or [], by letter: a, b, c and f, g, h of the seed's words, s, t of the place, x of both. */
const keysOf = (seed: Tensor1D, place: string): Record<string, Tensor> => {
  const [first, second] = split(seed, 2) as [Tensor, Tensor];
  const salt = seedOf(0).at(place).value;
  const [a, b, c] = pieces(first);
  const [f, g, h] = pieces(second);
  return {
    a,
    b,
    c,
    f,
    g,
    h,
    s: int(salt % HALF),
    t: int((salt >>> 12) % HALF),
    x: add(mul(c, int(16)), int(salt >>> 24)),
  };
};

/** 12 bits from 12 bits and two keys: the middle of a product of two linear forms, so nothing exceeds 24 bits. */
const scramble = (half: Tensor, keys: readonly [Tensor, Tensor], round: number): Tensor => {
  const p = low(add(half, add(keys[0], int(CONSTANTS[round]!))));
  const q = low(add(mul(half, int(FACTOR)), add(keys[1], int(CONSTANTS[11 - round]!))));
  return high(mul(p, q), 6);
};

/**
 * Uniform numbers in [0, 1), multiples of 2⁻²⁴, as a pure function of `seed` [2] int32 and `place`: a Feistel cipher of
 * each element's number. Whole-number tensor ops below 2²⁴ alone, so that every backend, eager or compiled, gives the
 * same numbers, and a compiled step gives new ones when another seed is fed. At most 2²⁴ elements differ.
 */
export const uniform = (seed: Tensor1D, place: string, shape: readonly number[]): Tensor =>
  tidy(() => {
    const size = shape.reduce((a, b) => a * b, 1);
    const index = range(0, size, 1, 'int32');
    const keys = keysOf(seed, place);
    let [left, right] = [low(high(index, 12)), low(index)];
    for (const [round, letters] of ROUNDS.entries()) {
      const mixed = add(left, scramble(right, [keys[letters[0]!]!, keys[letters[1]!]!], round));
      [left, right] = [right, low(mixed)];
    }
    const whole = add(mul(left, int(HALF)), right);
    return reshape(mul(cast(whole, 'float32'), scalar(1 / HALF ** 2)), shape as number[]);
  });
