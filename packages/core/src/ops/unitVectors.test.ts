import {
  add,
  concat,
  div,
  maximum,
  mul,
  norm,
  sqrt,
  square,
  sum,
  tensor,
  zeros,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leakedBy, streamTensor, valueAndGradients } from '../testing/index.ts';
import { unitVectors } from './unitVectors.ts';

const weights = streamTensor([4, 3], 5);
const gradientOf = (f: (x: Tensor) => Tensor, x: Tensor): number[] => [
  ...valueAndGradients((v) => sum(mul(f(v), weights)), [x]).gradients[0]!,
];
/** As PyTorch has it. */
const plain = (x: Tensor): Tensor => div(x, sqrt(maximum(sum(square(x), -1, true), 1e-24)));

describe('unitVectors', () => {
  it('is the plain quotient to the last bit for vectors that have a length, with its gradient', () => {
    for (const scale of [1e-8, 1, 1e4]) {
      const x = streamTensor([4, 3], 2, scale);
      expect([...unitVectors(x).dataSync()]).toEqual([...plain(x).dataSync()]);
      expect(gradientOf(unitVectors, x)).toEqual(gradientOf(plain, x));
    }
  });

  it('adds its gradient to those of what else looks at the vectors as the plain quotient does', () => {
    const x = streamTensor([4, 3], 2);
    const beside = (f: (x: Tensor) => Tensor) => (v: Tensor) => add(square(v), add(f(v), mul(v, 0.3)));
    expect(gradientOf(beside(unitVectors), x)).toEqual(gradientOf(beside(plain), x));
  });

  it('gives vectors no longer than 1e-12 no gradient, and their neighbours all of theirs', () => {
    const short = tensor([0, 0, 0, 1e-13, 0, 0], [2, 3]);
    const long = streamTensor([2, 3], 2);
    const found = gradientOf(unitVectors, concat([short, long]));
    expect(found.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(found.slice(6)).toEqual(gradientOf(plain, concat([long, long])).slice(6));
    expect(Math.max(...found.map(Math.abs))).toBeLessThan(10);
    expect([...unitVectors(zeros([1, 3])).dataSync()]).toEqual([0, 0, 0]);
  });

  it('works along the last axis of any shape, and leaves nothing behind', () => {
    const x = streamTensor([2, 3, 5], 1);
    for (const length of norm(unitVectors(x), 2, -1).dataSync()) expect(length).toBeCloseTo(1, 6);
    expect(leakedBy(() => unitVectors(x))).toBe(0);
  });
});
