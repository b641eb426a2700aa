import { grad, memory, mul, ones, sum, tensor, tidy, zeros, type Tensor } from '@tensorflow/tfjs-core';
import { leakedBy, streamTensor } from '@understory/core/testing';
import { expect, it } from 'vitest';
import { codeOf, taken } from '../boxes.test.support.ts';
import { focalLoss, giouLoss, smoothL1 } from '../index.ts';

const FOCAL = { alpha: 0.25, gamma: 2 };

it('sums to the golden number of the focal loss', () => {
  const targets = tensor([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [3, 4]);
  expect(taken(sum(focalLoss(streamTensor([3, 4], 81, 3), targets, FOCAL)))[0]).toBeCloseTo(3.8842975, 5);
});

it('is the weighted cross-entropy with gamma 0', () => {
  const half = taken(focalLoss(zeros([2]), tensor([1, 0]), { alpha: 0.25, gamma: 0 }));
  expect(half[0]).toBeCloseTo(0.25 * Math.LN2, 6);
  expect(half[1]).toBeCloseTo(0.75 * Math.LN2, 6);
});

it('grows by one with each step of a far wrong logit', () => {
  const slope = grad((x: Tensor) => sum(focalLoss(x, tensor([0, 1]), FOCAL)))(tensor([100, -100]));
  expect(taken(slope)).toEqual([0.75, -0.25]);
});

it('has a gradient also where logits and targets are made within', () => {
  const slope = grad((x: Tensor) =>
    tidy(() => sum(focalLoss(mul(x, 2), mul(ones([2]), 1), { alpha: 0.5, gamma: 0 }))),
  )(zeros([2]));
  taken(slope).forEach((v) => expect(v).toBeCloseTo(-0.5, 6));
});

it('has no slope where nothing is wrong, also with beta 0', () => {
  for (const beta of [0, 0.5])
    expect(taken(grad((d: Tensor) => sum(smoothL1(d, { beta })))(zeros([3])))).toEqual([0, 0, 0]);
});

it('leaves no tensor behind', () => {
  const [x, y] = [streamTensor([3, 4], 1), ones([3, 4])];
  for (const loss of [
    (v: Tensor) => focalLoss(v, y, FOCAL),
    (v: Tensor) => focalLoss(v, y, { alpha: 0.25, gamma: 1.5 }),
    (v: Tensor) => smoothL1(v, { beta: 0 }),
    (v: Tensor) => smoothL1(v, { beta: 0.1 }),
    (v: Tensor) => giouLoss(v, y),
  ]) {
    expect(leakedBy(() => loss(x))).toBe(0);
    expect(leakedBy(() => grad((v: Tensor) => sum(loss(v)))(x))).toBe(0);
  }
});

it('refuses targets of another shape', () => {
  const before = memory().numTensors;
  const [x, y] = [zeros([2, 3]), zeros([2, 1])];
  expect(codeOf(() => focalLoss(x, y, FOCAL))).toBe('bad-shape');
  expect(memory().numTensors).toBe(before + 2);
});
