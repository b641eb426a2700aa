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
  square,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { seedOf } from '../random.ts';

const HALF = 4096; // 12 bits

const int = (value: number): Scalar => scalar(value, 'int32');
const low = (x: Tensor): Tensor => mod(x, int(HALF));
const high = (x: Tensor, bits: number): Tensor => floorDiv(x, int(2 ** bits));

/** The eight 12-bit round keys of a step's seed and a place in the network. */
const roundKeys = (seed: Tensor1D, salt: number): Tensor[] => {
  const [a, b] = split(seed, 2) as [Tensor, Tensor]; // [1] each
  const s = [0, 12, 24].map((bits) => int((salt >>> bits) % HALF)) as [Scalar, Scalar, Scalar];
  const tail = (x: Tensor): Tensor => low(high(x, 24));
  return [low(a), low(b), s[0], low(high(a, 12)), low(high(b, 12)), s[1], low(add(tail(a), s[2])), tail(b)];
};

/** A number of 12 bits from one of 12 bits and a key: the middle of a square, so nothing exceeds 24 bits. */
const scramble = (half: Tensor, key: Tensor): Tensor => high(square(low(add(half, key))), 6);

/**
 * Uniform numbers in [0, 1), multiples of 2⁻²⁴, as a pure function of `seed` [2] int32 and `place`: a Feistel cipher of
 * the element's number, eight rounds. Whole-number tensor ops below 2²⁴ alone: every backend, eager or compiled, gives
 * the same numbers, and a compiled step draws new ones as soon as another seed is fed.
 */
export const uniform = (seed: Tensor1D, place: string, shape: readonly number[]): Tensor =>
  tidy(() => {
    const size = shape.reduce((a, b) => a * b, 1);
    const index = range(0, size, 1, 'int32');
    const keys = roundKeys(seed, seedOf(0).at(place).value);
    let [left, right] = [low(high(index, 12)), low(index)] as [Tensor, Tensor];
    if (size > 2 ** 24) keys[7] = low(add(keys[7]!, high(index, 24)));
    for (const key of keys) [left, right] = [right, low(add(left, scramble(right, key)))];
    const whole = add(mul(left, int(HALF)), right);
    return reshape(mul(cast(whole, 'float32'), scalar(2 ** -24)), shape as number[]);
  });
